// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace corochain::test {

using vectors = std::vector<std::vector<float>>;

/// Options that reach a mock server and do not read the environment. Short vectors keep failures readable.
inline AzureOpenAIEmbeddingsOptions embeddings_options_for(const testing::MockServer& server) {
  AzureOpenAIEmbeddingsOptions options;
  options.azure_endpoint = server.endpoint();
  options.azure_deployment = "text-embedding-3-small";
  options.api_version = "2024-10-21";
  options.api_key = "canary-key-0123456789";
  options.tls.ca_pem = server.ca_pem();
  options.dimensions = 4;
  return options;
}

inline std::vector<std::string> numbered_texts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back("text " + std::to_string(i));
  return texts;
}

/// The texts of a request.
inline std::vector<std::string> input_of(const testing::RecordedRequest& request) {
  return nlohmann::json::parse(request.body).at("input").get<std::vector<std::string>>();
}

/// The JSON of an answer whose vector for "text 7" is [7], as arrays. The last text comes first.
inline std::string numbers_of(const std::vector<std::string>& texts) {
  nlohmann::json data = nlohmann::json::array();
  for (std::size_t i = texts.size(); i-- > 0;) {
    nlohmann::json entry;
    entry["index"] = i;
    entry["embedding"] = std::vector<float>{std::stof(texts[i].substr(5))};
    data.push_back(entry);
  }
  nlohmann::json list;
  list["data"] = data;
  return list.dump();
}

}  // namespace corochain::test
