// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Used by embedding_model.cpp for the default answers and by mock_reply.cpp for scripted ones.
namespace corochain::testing::detail {

// The vector of a text, of length 1. Equal texts have equal vectors; other texts have other vectors.
std::vector<float> vector_of(std::string_view text, std::size_t dimensions);

// The JSON of a list of embeddings, as base64 of little-endian floats or as arrays of numbers.
std::string embedding_list(const std::vector<std::vector<float>>& vectors, bool base64,
                           std::string_view model, std::size_t prompt_tokens);

}  // namespace corochain::testing::detail
