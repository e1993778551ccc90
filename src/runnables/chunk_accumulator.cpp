// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/chunk_accumulator.hpp"

#include "corochain/core/error.hpp"

// Keeps core/error.hpp out of the header, which every step includes.
namespace corochain::detail {

void throw_no_chunk() {
  throw ResponseFormatError("the stream ended without a single chunk, so there is nothing to put together");
}

}  // namespace corochain::detail
