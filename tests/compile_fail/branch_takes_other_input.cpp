// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A branch takes an int, but all branches get a Dict.
// EXPECT: this runnable or function does not take the input it is to be given
// EXPECT: names both
// EXPECT: input_converts<corochain::Dict, int>
#include <corochain/runnables/branch.hpp>
#include <corochain/runnables/lambda.hpp>

namespace cc = corochain;

cc::Runnable<cc::Dict, int> chain() {
  const cc::RunnableLambda otherwise([](cc::Dict) { return 1; });
  const auto always = [](const cc::Dict&) { return true; };
#ifdef COROCHAIN_COMPILE_OK
  const cc::RunnableLambda way([](cc::Dict) { return 2; });
#else
  const cc::RunnableLambda way([](int n) { return n; });
#endif
  return cc::RunnableBranch({{always, way}}, otherwise);
}
