// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A branch of a RunnableParallel returns a value that cannot be copied. Values of a Dict must be copyable.
// EXPECT: a Dict cannot hold what this runnable or function gives
// EXPECT: dict_holds<std::unique_ptr<int.*> ?>
#include <corochain/runnables/parallel.hpp>
#include <memory>

namespace cc = corochain;

cc::Runnable<cc::Dict, cc::Dict> chain() {
#ifdef COROCHAIN_COMPILE_OK
  return cc::RunnableParallel({{"n", [](const cc::Dict&) { return std::make_shared<int>(1); }}});
#else
  return cc::RunnableParallel({{"n", [](const cc::Dict&) { return std::make_unique<int>(1); }}});
#endif
}
