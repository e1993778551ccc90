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

/// One request for embeddings that was answered: a batch of texts, all its attempts, and what the service said of it.
/// What the service did not say is empty.
struct COROCHAIN_EXPORT EmbeddingsRequestRecord {
  EmbeddingsRequestRecord();

  std::size_t texts = 0;                                ///< that it asked for; empty ones are in no request
  std::string model;                                    ///< that answered, as the service names it
  std::optional<Usage> usage;                           ///< input tokens only: vectors cost none
  std::string request_id;                               ///< `x-request-id` or `apim-request-id`
  std::string region;                                   ///< `x-ms-region`
  std::optional<std::chrono::milliseconds> processing;  ///< `openai-processing-ms`: the server's own time
  std::optional<std::int64_t> remaining_requests;       ///< `x-ratelimit-remaining-requests`
  std::optional<std::int64_t> remaining_tokens;         ///< `x-ratelimit-remaining-tokens`
  Timing timing;                                        ///< of all its attempts and the waits between them
  std::vector<AttemptRecord> attempts;                  ///< oldest first; the last one is the answer's
};

/// Vectors, and what they cost.
struct COROCHAIN_EXPORT EmbeddingsResult {
  EmbeddingsResult();

  std::vector<std::vector<float>> vectors;        ///< one for each text, in the order of the texts
  Usage usage;                                    ///< of all requests; those without a usage count for none
  std::vector<EmbeddingsRequestRecord> requests;  ///< in the order of their texts
};

}  // namespace corochain
