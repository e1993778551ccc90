// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Requests for embeddings: batches lose no text and keep their limits, and bodies say the same texts back.
#include "codec/embeddings/embedding_request.hpp"

#include <nlohmann/json.hpp>

#include "core/utf8.hpp"
#include "corochain/core/error.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

using nlohmann::json;

void check_batches(const std::vector<std::string>& texts, std::size_t most_texts, std::size_t most_tokens) {
  const std::vector<std::size_t> sizes = codec::cut_batches(texts, most_texts, most_tokens);
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    require(size > 0 && size <= most_texts && size <= texts.size() - at,
            "a batch has texts, and not too many");
    std::size_t tokens = 0;
    for (std::size_t i = at; i < at + size; ++i) tokens += codec::most_tokens(texts[i]);
    require(tokens <= most_tokens || size == 1, "a batch is not too large");
    at += size;
    // As few as the limits allow, in order: the next text did not fit.
    if (at < texts.size())
      require(size == most_texts || tokens + codec::most_tokens(texts[at]) > most_tokens, "a batch is full");
  }
  require(at == texts.size(), "no text is lost");
}

}  // namespace

/// Two limits as one byte each, the model, the user, members to add, and texts.
void one_input(std::string_view input) {
  const auto part = fields(input, 5, 32);
  const std::size_t most_texts = part[0].empty() ? 1 : static_cast<unsigned char>(part[0].front()) % 8u + 1u;
  const std::size_t most_tokens = part[0].empty() ? 0 : static_cast<unsigned char>(part[0].back());
  const std::vector<std::string> texts(part.begin() + 4, part.end());
  check_batches(texts, most_texts, most_tokens);

  codec::embedding_parameters parameters;
  parameters.model = part[1];
  parameters.user = part[2];
  parameters.extra_body = part[3];
  const bool options_are_text = !detail::invalid_utf8_at(part[1]) && !detail::invalid_utf8_at(part[2]);
  std::optional<codec::embedding_request_writer> writer;
  try {
    writer.emplace(parameters);
    require(options_are_text, "options that are no text are refused");
  } catch (const ConfigError&) {
    require(!options_are_text || !part[3].empty(), "options that are text are taken");
    return;
  }
  try {
    codec::check_texts(texts, true);
  } catch (const PromptError& error) {
    const std::size_t index = error.message_index().value();
    require(detail::invalid_utf8_at(texts.at(index)) == error.column().value() - 1, "a refusal says where");
    require(is_plain(error.what()) && !may_quote(error.what()), "a refusal quotes nothing");
    return;
  }
  std::string body;
  writer->write(body, texts);
  const json read = json::parse(body);
  require(read.at("input") == texts, "the texts come back");
  require(read.value("model", "") == parameters.model && read.value("user", "") == parameters.user,
          "the options come back");
}

}  // namespace corochain::fuzz
