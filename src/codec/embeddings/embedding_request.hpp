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

namespace corochain::codec {

/// What embeddings are asked for besides their texts. What is unset or empty is not sent.
struct embedding_parameters {
  embedding_parameters();

  std::string model;  ///< empty where the URL names the deployment
  std::optional<std::int64_t> dimensions;
  std::string encoding_format;
  std::string user;
  std::string extra_body;  ///< a JSON object whose members are added to the body's
};

/// Writes the bodies of one model's calls. Const use from several threads is safe.
class embedding_request_writer {
 public:
  /// A `ConfigError` as `prepare_chat_parameters` has it.
  explicit embedding_request_writer(const embedding_parameters& parameters);

  /// Appends the body as compact JSON. The texts have to be valid UTF-8: see `check_texts`.
  void write(std::string& body, std::span<const std::string> texts) const;

 private:
  std::string tail_;  // from the end of the texts to the end of the body
};

/// A `PromptError` for the first text that is not valid UTF-8, with its position as `message_index` and the byte as
/// `column`, or that is empty, unless those are passed over.
void check_texts(std::span<const std::string> texts, bool empty_allowed);

/// The most tokens that a text may cost, which no tokenizer was asked: one for each byte, because the tokenizers of
/// these models start from bytes and only ever join them, and two for the marks that some models put around a text.
std::size_t most_tokens(std::string_view text) noexcept;

/// Cuts texts into as few requests as the limits allow, in order: the number of texts in each. A text that is beyond
/// `max_tokens` by itself has a request of its own; what it really costs is for the service to say. `max_texts` is
/// positive.
std::vector<std::size_t> cut_batches(std::span<const std::string> texts, std::size_t max_texts,
                                     std::size_t max_tokens);

}  // namespace corochain::codec
