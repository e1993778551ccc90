// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <iosfwd>

#include "corochain/core/export.hpp"

#include "corochain/core/detail/language.hpp"

namespace corochain {

/// The numbers of tokens that a provider reports (field `usage` of a chat completion).
struct Usage {
  /// `prompt_tokens`
  std::int64_t input_tokens = 0;
  /// `completion_tokens`
  std::int64_t output_tokens = 0;
  /// `total_tokens`
  std::int64_t total_tokens = 0;
  /// `prompt_tokens_details.cached_tokens`, part of input_tokens
  std::int64_t cached_tokens = 0;
  /// `completion_tokens_details.reasoning_tokens`, part of output_tokens
  std::int64_t reasoning_tokens = 0;

  /// Adds up the tokens of several calls.
  Usage& operator+=(const Usage& other) noexcept {
    input_tokens += other.input_tokens;
    output_tokens += other.output_tokens;
    total_tokens += other.total_tokens;
    cached_tokens += other.cached_tokens;
    reasoning_tokens += other.reasoning_tokens;
    return *this;
  }
  friend Usage operator+(Usage a, const Usage& b) noexcept { return a += b; }
  friend bool operator==(const Usage&, const Usage&) = default;
  /// Writes the numbers of tokens: "12 tokens (5 in, 7 out, 4 cached, 3 reasoning)", the last two if there
  /// are any.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const Usage& usage);
};

}  // namespace corochain
