// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "corochain/core/attempt.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/usage.hpp"

namespace corochain {

/// One answered request for embeddings: a batch of texts, all its attempts, and the service's metadata. A
/// value that the service did not send is empty.
struct COROCHAIN_EXPORT EmbeddingsRequestRecord {
  EmbeddingsRequestRecord();

  /// The number of texts in the request. Empty texts are in no request.
  std::size_t texts = 0;
  /// The model that answered, as the service names it.
  std::string model;
  /// Input tokens only: vectors cost none.
  std::optional<Usage> usage;
  /// `x-request-id` or `apim-request-id`.
  std::string request_id;
  /// `x-ms-region`.
  std::string region;
  /// `openai-processing-ms`: the server's own time.
  std::optional<std::chrono::milliseconds> processing;
  /// `x-ratelimit-remaining-requests`.
  std::optional<std::int64_t> remaining_requests;
  /// `x-ratelimit-remaining-tokens`.
  std::optional<std::int64_t> remaining_tokens;
  /// The times of all attempts and of the waits between them.
  Timing timing;
  /// Oldest first; the last one gave the answer.
  std::vector<AttemptRecord> attempts;
};

/// Vectors, and what they cost.
struct COROCHAIN_EXPORT EmbeddingsResult {
  EmbeddingsResult();

  /// One vector for each text, in the order of the texts.
  std::vector<std::vector<float>> vectors;
  /// The sum over all requests; a request without a usage counts as zero.
  Usage usage;
  /// One record for each request, in the order of their texts.
  std::vector<EmbeddingsRequestRecord> requests;
};

}  // namespace corochain
