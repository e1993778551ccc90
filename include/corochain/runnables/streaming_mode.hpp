// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain {

/// Says what a step does with chunks: see `step::streaming`.
enum class streaming_mode {
  whole,  ///< waits for its whole input and gives one chunk
  makes,  ///< waits for its whole input and gives chunks
  passes  ///< turns chunks into chunks as they come
};

}  // namespace corochain
