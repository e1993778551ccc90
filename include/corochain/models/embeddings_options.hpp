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

/// What embeddings are asked for and what bounds their calls, whoever provides them. Filled by assignment.
///
/// `timeout` and `max_retries` hold for each request, not for all batches of an `embed_documents` together: a request's
/// time begins when its turn comes. The deadline of the run that it is part of holds over all.
class COROCHAIN_EXPORT EmbeddingsOptions : public ServiceOptions {
 public:
  EmbeddingsOptions();

  // What
  /// The length of the vectors, for models that can shorten them; unset is not sent. A server that answers with
  /// another length is a `ResponseFormatError`.
  std::optional<std::int64_t> dimensions;
  /// How the vectors come: "base64" is a quarter of the size of "float" and takes a fraction of the time to read; the
  /// numbers are the same. Empty is not sent, for servers that do not know the field. An answer in the other form than
  /// was asked for is read as well.
  std::string encoding_format = "base64";
  std::string user;  ///< an id of the end user, for the provider's abuse detection
  /// A JSON object as text whose members are added to the request's: for what has no option. What has one is a
  /// `ConfigError`.
  std::string extra_body;

  // How much at once
  /// Texts in a request, 1 to 2048. Vectors of 3,072 numbers as arrays are 64 KB each: with a server that sends those,
  /// 2,048 of them may be more than `limits.response_body`.
  std::size_t chunk_size = 1000;
  /// Tokens in a request. They are not counted but bounded, without a tokenizer: a text has no more tokens than bytes
  /// in UTF-8, and two. English has a quarter of that: raise this for known texts to pack more of them into a
  /// request. A single text is sent whatever it may cost; the service says if it is too long.
  std::size_t max_tokens_per_request = 300'000;
  /// Requests of one `embed_documents` at once; 0 is no limit of its own. The budget of the run that it is part of
  /// holds as well.
  std::size_t max_concurrency = 8;
  /// Treatment of empty texts. A service refuses them, and with them their whole batch. False: they are a
  /// `PromptError` that names the first one's position, before anything is sent. True: nothing is asked of them, and an
  /// empty vector stands in their place.
  bool skip_empty = false;
};

}  // namespace corochain
