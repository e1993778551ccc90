// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Requests for embeddings, and how texts are divided among them. `models/batching_embedder` cuts and checks;
// `openai_embeddings_protocol` writes.
namespace corochain::codec {

/// The parameters of a request for embeddings. Unset or empty ones are not sent.
struct embedding_parameters {
  embedding_parameters() = default;

  /// Empty if the URL names the deployment.
  std::string model;
  // The length of the vectors, for models that can shorten them.
  std::optional<std::int64_t> dimensions;
  // "base64" or "float". base64 is less than half of the bytes, and is read faster.
  std::string encoding_format;
  std::string user;
  /// A JSON object whose members are added to the body's.
  std::string extra_body;
};

/// Writes the bodies of one model's requests. Const use from several threads is safe.
class embedding_request_writer {
 public:
  /// Throws a `ConfigError` like `prepare_chat_parameters`.
  explicit embedding_request_writer(const embedding_parameters& parameters);

  /// Appends the body as compact JSON. The texts have to be valid UTF-8: see `check_texts`.
  void write(std::string& body, std::span<const std::string> texts) const;

 private:
  // The text from the end of the texts to the end of the body.
  std::string tail_;
};

/// Throws a `PromptError` for the first text that is not valid UTF-8, with its position as `message_index`
/// and the byte as `column`, and for the first empty text, unless `empty_allowed`.
void check_texts(std::span<const std::string> texts, bool empty_allowed);

/// Returns an upper bound of a text's tokens without a tokenizer: one for each byte, because the tokenizers
/// of these models start from bytes and only join them, and two for the marks that some models put around a
/// text.
std::size_t most_tokens(std::string_view text) noexcept;

/// Cuts texts into as few requests as the limits allow, in order. Returns the number of texts in each. A text
/// that is beyond `max_tokens` by itself has a request of its own; the service decides about it. `max_texts`
/// is positive.
std::vector<std::size_t> cut_batches(std::span<const std::string> texts, std::size_t max_texts,
                                     std::size_t max_tokens);

}  // namespace corochain::codec
