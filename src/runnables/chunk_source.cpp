// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/chunk_source.hpp"

// The defaults of a source without work between two `next()`: to stop it is to close it.
namespace corochain {

closable::~closable() = default;

awaitable<void> closable::close() {
  stop();
  co_return;
}

}  // namespace corochain
