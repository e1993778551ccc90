// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/chunk_source.hpp"

namespace corochain {

closable::~closable() = default;

awaitable<void> closable::close() {
  stop();
  co_return;
}

}  // namespace corochain
