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

namespace corochain::codec {

/// What a service says of the texts it was given.
struct embedding_answer {
  embedding_answer();

  std::vector<std::vector<float>> vectors;  ///< one for each text, in their order
  std::optional<Usage> usage;
  std::string model;
  std::string request_id;
  std::string region;
  std::optional<std::chrono::milliseconds> processing;  ///< the server's own time
  std::optional<std::int64_t> remaining_requests;
  std::optional<std::int64_t> remaining_tokens;
};

/// Reads the whole body of a 200 answer to a request for the embeddings of `texts` texts.
///
/// Vectors are base64 or arrays of numbers, whatever was asked for, in any order. Fields that are not known are passed
/// over. Throws a `ResponseFormatError`, with `request_id()`, `http_status()` 200 and an excerpt of the body or the
/// server's own message, when the body is something else: when it has not exactly one vector for each text by their
/// `index`es, when a vector is empty, cannot be decoded or holds what is no finite number, and when their lengths
/// differ from each other or from `dimensions`. Nothing else is thrown, memory shortage excepted.
embedding_answer read_embedding_response(std::string_view body, const header_fields& headers,
                                         std::size_t texts, std::optional<std::int64_t> dimensions);

}  // namespace corochain::codec
