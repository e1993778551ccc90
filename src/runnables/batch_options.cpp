// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/batch_options.hpp"

// The options are aggregates; only the watcher of a batch has a body, which anchors its type in the library.
namespace corochain {

BatchProgress::~BatchProgress() = default;

}  // namespace corochain
