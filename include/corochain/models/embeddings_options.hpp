// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "corochain/core/export.hpp"
#include "corochain/models/service_options.hpp"

namespace corochain {

/// The parameters and limits of the calls of an embedding model, of any provider. Filled by assignment.
///
/// `timeout` and `max_retries` hold for each request, not for all batches of an `embed_documents` together: a
/// request's time begins when the request begins. The deadline of the surrounding run holds over all
/// requests.
class COROCHAIN_EXPORT EmbeddingsOptions : public ServiceOptions {
 public:
  EmbeddingsOptions();

  // Parameters
  /// The length of the vectors, for models that can shorten them; unset is not sent. If a server answers with
  /// another length, the call throws a `ResponseFormatError`.
  std::optional<std::int64_t> dimensions;
  /// The encoding of the vectors. "base64" is a quarter of the size of "float" and takes a fraction of the
  /// time to read; the numbers are the same. Empty is not sent, for servers that do not know the field. An
  /// answer in the other encoding is read as well.
  std::string encoding_format = "base64";
  /// An id of the end user, for the provider's abuse detection.
  std::string user;
  /// A JSON object as text, whose members are added to the request's: for parameters without an option. A
  /// member that has an option is a `ConfigError`.
  std::string extra_body;

  // Batches
  /// The number of texts in a request, 1 to 2048. Vectors of 3,072 numbers as arrays are 64 KB each: 2,048 of
  /// these, from a server that sends arrays, may exceed `limits.response_body`.
  std::size_t chunk_size = 1000;
  /// The number of tokens in a request. Tokens are not counted but bounded, without a tokenizer: a text has
  /// at most as many tokens as it has bytes in UTF-8, plus two. English has a quarter of that: raise this for
  /// known texts to pack more of them into a request. A single text is sent whatever its size; the service
  /// reports if it is too long.
  std::size_t max_tokens_per_request = 300'000;
  /// The number of requests of one `embed_documents` at once; 0 means no limit of its own. The budget of the
  /// surrounding run holds as well.
  std::size_t max_concurrency = 8;
  /// The treatment of empty texts. A service refuses an empty text, and its whole batch with it. False means
  /// that an empty text is a `PromptError` that gives the first one's position, before anything is sent. True
  /// means that empty texts are in no request, and that their vectors are empty.
  bool skip_empty = false;
};

}  // namespace corochain
