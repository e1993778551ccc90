// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <iosfwd>

#include "corochain/core/export.hpp"

namespace corochain {

/// Says what a step does with chunks: see `step::streaming`.
enum class streaming_mode {
  /// Waits for its whole input and gives one chunk.
  whole,
  /// Waits for its whole input and gives chunks.
  makes,
  /// Turns chunks into chunks as they come.
  passes
};
COROCHAIN_EXPORT const char* to_string(streaming_mode mode) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, streaming_mode mode);

}  // namespace corochain
