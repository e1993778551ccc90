// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/http/header_fields.hpp"
#include "corochain/core/usage.hpp"

// An answer with embeddings as values, judged. `models/batching_embedder` joins the answers of all batches.
namespace corochain::codec {

/// A service's answer to a request for embeddings.
struct embedding_answer {
  embedding_answer() = default;

  /// One for each text, in their order.
  std::vector<std::vector<float>> vectors;
  std::optional<Usage> usage;
  std::string model;
  // The members from here on come from the head of the answer.
  std::string request_id;
  std::string region;
  /// The time that the server has measured.
  std::optional<std::chrono::milliseconds> processing;
  std::optional<std::int64_t> remaining_requests;
  std::optional<std::int64_t> remaining_tokens;
};

/// Reads the whole body of a 200 answer to a request for the embeddings of `texts` texts.
///
/// Vectors are base64 or arrays of numbers, whichever was asked for, in any order. Unknown fields are
/// ignored. Throws a `ResponseFormatError` with `request_id()`, `http_status()` 200 and an excerpt of the
/// body or the server's own message
/// - if the body is no such answer, or has not exactly one vector for each text by their `index`es;
/// - if a vector is empty, cannot be decoded or holds a number that is not finite;
/// - if the lengths of vectors differ from each other or from `dimensions`.
/// Nothing else is thrown, memory shortage excepted.
embedding_answer read_embedding_response(std::string_view body, const header_fields& headers,
                                         std::size_t texts, std::optional<std::int64_t> dimensions);

}  // namespace corochain::codec
