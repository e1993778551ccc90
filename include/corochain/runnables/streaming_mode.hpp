// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

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

}  // namespace corochain
