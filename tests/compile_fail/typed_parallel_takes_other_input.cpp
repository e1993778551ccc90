// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Two parallel runnables that take different inputs.
// EXPECT: in parallel\(\.\.\.\) one of the arguments does not take what the first runnable takes
// EXPECT: part_takes<corochain::Dict, corochain::RunnableLambda<int, int> ?>
#include <corochain/runnables/lambda.hpp>
#include <corochain/runnables/parallel.hpp>

namespace cc = corochain;

auto chain() {
  const cc::RunnableLambda first([](cc::Dict) { return 1; });
#ifdef COROCHAIN_COMPILE_OK
  const cc::RunnableLambda second([](cc::Dict) { return 2; });
#else
  const cc::RunnableLambda second([](int n) { return n; });
#endif
  return cc::parallel(first, second);
}
