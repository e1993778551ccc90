// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Answers with embeddings: exactly one sound vector for each text, the one that nlohmann reads, or one typed
// error.
#include "codec/embeddings/embedding_response.hpp"

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "codec/chat_completions/error_report.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"
#include "fuzz/fuzz.hpp"
#include "support/base64_text.hpp"

namespace corochain::fuzz {
namespace {

using nlohmann::json;

std::vector<float> vector_in(const json& embedding) {
  std::vector<float> values;
  if (embedding.is_string()) {
    const auto bytes = test::decoded_base64(embedding.get<std::string>());
    require(bytes && bytes->size() % sizeof(float) == 0, "what was decoded is base64 of floats");
    values.resize(bytes->size() / sizeof(float));
    std::memcpy(values.data(), bytes->data(), bytes->size());
  } else {
    for (const json& value : embedding) values.push_back(static_cast<float>(value.get<double>()));
  }
  return values;
}

/// Compared as bytes: base64 may hold NaN.
bool equal(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void compare(const json& body, const codec::embedding_answer& answer, std::size_t texts) {
  const json& data = body.at("data");
  require(answer.vectors.size() == texts && data.size() == texts, "one vector for each text");
  for (std::size_t i = 0; i < texts; ++i) {
    const json& entry = data[i];
    const auto found = entry.find("index");  // its place counts where it has none
    const bool has_index = found != entry.end() && found->is_number();
    const auto index = has_index ? found->get<std::size_t>() : i;
    require(index < texts, "an index is that of a text");
    require(!answer.vectors[index].empty(), "no vector is empty");
    require(answer.vectors[index].size() == answer.vectors[0].size(), "all vectors have one length");
    require(equal(answer.vectors[index], vector_in(entry.at("embedding"))), "the vector is the text's own");
  }
}

}  // namespace

/// How many texts were sent and the dimensions asked for, as one byte each, and the body.
void one_input(std::string_view input) {
  const auto part = fields(input, 2, 2);
  const std::size_t texts = part[0].empty() ? 1 : static_cast<unsigned char>(part[0][0]) % 4u + 1u;
  std::optional<std::int64_t> dimensions;
  if (part[0].size() > 1) dimensions = static_cast<unsigned char>(part[0][1]) % 4;
  codec::header_fields headers;
  headers.add("x-request-id", "req-1");
  try {
    const codec::embedding_answer answer =
        codec::read_embedding_response(part[1], headers, texts, dimensions);
    const json body = json::parse(part[1], nullptr, false);
    if (!body.is_discarded()) compare(body, answer, texts);
    if (dimensions)
      require(answer.vectors[0].size() == static_cast<std::size_t>(*dimensions), "the length is as asked");
  } catch (const Error& error) {
    const json body = json::parse(part[1], nullptr, false);
    const bool reported = !body.is_object() || body.contains("error") || body.contains("message") ||
                          body.contains("error_message") || body.contains("object");
    require(reported || error.kind() == ErrorKind::response_format, "an error object alone has another kind");
    require(error.http_status() == 200 && error.request_id() == "req-1", "the error tells of the call");
    require(is_plain(error.what()) && !may_quote(error.what()), "our own words hold none of the server's");
    require(error.server_message().size() <= codec::server_message_limit, "the excerpt is bounded");
    require(!detail::invalid_utf8_at(error.server_message()), "the excerpt is text");
  }
}

}  // namespace corochain::fuzz
