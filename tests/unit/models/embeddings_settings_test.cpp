// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/embeddings_settings.hpp"

#include <gtest/gtest.h>

#include <map>

#include "corochain/core/error.hpp"
#include "support/request_text.hpp"

namespace corochain::models::embeddings_settings_test {
namespace {

environment variables_of(std::map<std::string, std::string> values) {
  return [values](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

AzureOpenAIEmbeddingsOptions azure() {
  AzureOpenAIEmbeddingsOptions options;
  options.azure_endpoint = "https://r.openai.azure.com";
  options.azure_deployment = "d";
  options.api_key = "canary";
  return options;
}

OpenAIEmbeddingsOptions openai() {
  OpenAIEmbeddingsOptions options;
  options.model = "m";
  options.api_key = "canary";
  return options;
}

template <class Options>
std::string complaint_about(const Options& options, const environment& variables = variables_of({})) {
  try {
    if constexpr (std::is_same_v<Options, OpenAIEmbeddingsOptions>)
      openai_embeddings_settings(options, variables);
    else
      azure_embeddings_settings(options, variables);
  } catch (const ConfigError& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find("canary"), std::string::npos) << what;
    return what;
  }
  return "no error";
}

TEST(embeddings_settings, take_what_is_complete) {
  EXPECT_EQ(complaint_about(azure()), "no error");
  EXPECT_EQ(complaint_about(openai()), "no error");
}

TEST(embeddings_settings, come_from_the_environment) {
  const auto variables = variables_of({{"AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com"},
                                       {"AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT", "e"},
                                       {"AZURE_OPENAI_DEPLOYMENT", "a chat model"},
                                       {"AZURE_OPENAI_API_KEY", "canary"}});
  const auto settings = azure_embeddings_settings(AzureOpenAIEmbeddingsOptions(), variables);
  EXPECT_EQ(settings.service->credential.secret.reveal(), "canary");
  std::string body;
  settings.protocol->write(body, std::vector<std::string>{"a"});
  EXPECT_EQ(body, R"({"input":["a"],"model":"e","encoding_format":"base64"})");
}

/// The first line of a request to a gateway.
std::string line_to(const std::string& base_url, const std::string& version,
                    const environment& variables = variables_of({})) {
  AzureOpenAIEmbeddingsOptions options = azure();
  options.azure_endpoint.clear();
  options.base_url = base_url;
  options.api_version = version;
  const auto settings = azure_embeddings_settings(options, variables);
  const std::string head = test::head_text(settings.service->head);
  return head.substr(0, head.find('\r'));
}

TEST(embeddings_settings, tell_a_gateway_the_version_that_is_set_for_it) {
  const std::string base = "https://gateway.example/team/";
  EXPECT_EQ(line_to(base, "2024-10-21"), "POST /team/embeddings?api-version=2024-10-21 HTTP/1.1");
  EXPECT_EQ(line_to(base + "?a=b", "x&y"), "POST /team/embeddings?a=b&api-version=x%26y HTTP/1.1");
  const auto variables = variables_of({{"OPENAI_API_VERSION", "2024-10-21"}});
  for (const char* version : {"", "v1"})
    EXPECT_EQ(line_to(base, version, variables), "POST /team/embeddings HTTP/1.1");
  EXPECT_EQ(line_to(base + "?api-version=1", "", variables), "POST /team/embeddings?api-version=1 HTTP/1.1");
  for (const char* query : {"?api-version=1", "?a=b&api-version=1"})
    EXPECT_THROW(line_to(base + query, "2024-10-21"), ConfigError) << query;
  EXPECT_THROW(line_to(base, "2024\r\nx: y"), ConfigError);
}

TEST(embeddings_settings, do_not_take_the_deployment_of_chats) {
  AzureOpenAIEmbeddingsOptions options = azure();
  options.azure_deployment.clear();
  EXPECT_EQ(complaint_about(options, variables_of({{"AZURE_OPENAI_DEPLOYMENT", "gpt"}})),
            "no deployment: set AzureOpenAIEmbeddingsOptions::azure_deployment, or "
            "AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT in the environment");
}

TEST(embeddings_settings, name_what_is_missing_or_wrong) {
  const auto says = [](auto options, auto change, std::string_view part) {
    change(options);
    const std::string what = complaint_about(options);
    EXPECT_NE(what.find(part), std::string::npos) << what;
  };
  says(azure(), [](auto& o) { o.azure_endpoint.clear(); }, "AzureOpenAIEmbeddingsOptions::azure_endpoint");
  says(azure(), [](auto& o) { o.api_key = Secret(); }, "AzureOpenAIEmbeddingsOptions::api_key");
  says(
      azure(), [](auto& o) { o.azure_ad_token = "canary"; }, "more than one of AzureOpenAIEmbeddingsOptions");
  says(azure(), [](auto& o) { o.dimensions = 0; }, "AzureOpenAIEmbeddingsOptions::dimensions");
  says(
      azure(), [](auto& o) { o.encoding_format = "Base64"; },
      "AzureOpenAIEmbeddingsOptions::encoding_format");
  says(azure(), [](auto& o) { o.chunk_size = 0; }, "::chunk_size must be from 1 to 2048");
  says(azure(), [](auto& o) { o.chunk_size = 2049; }, "::chunk_size must be from 1 to 2048");
  says(azure(), [](auto& o) { o.max_tokens_per_request = 0; }, "::max_tokens_per_request must not be zero");
  says(azure(), [](auto& o) { o.timeout = {}; }, "AzureOpenAIEmbeddingsOptions::timeout");
  says(azure(), [](auto& o) { o.extra_body = R"({"input":1})"; }, "extra_body");
  says(openai(), [](auto& o) { o.model.clear(); }, "OpenAIEmbeddingsOptions::model");
  says(openai(), [](auto& o) { o.api_key = Secret(); }, "OpenAIEmbeddingsOptions::api_key");
  says(openai(), [](auto& o) { o.base_url = "canary"; }, "OpenAIEmbeddingsOptions::base_url");
  says(openai(), [](auto& o) { o.chunk_size = 2049; }, "OpenAIEmbeddingsOptions::chunk_size");
}

}  // namespace
}  // namespace corochain::models::embeddings_settings_test
