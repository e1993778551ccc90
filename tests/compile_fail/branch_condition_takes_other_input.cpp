// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A condition gets a Dict but is a function of text.
// EXPECT: this function cannot be called with the input it is to be given
#include <corochain/runnables/branch.hpp>
#include <corochain/runnables/lambda.hpp>

namespace cc = corochain;

cc::Runnable<cc::Dict, int> chain() {
  const cc::RunnableLambda otherwise([](cc::Dict) { return 1; });
  const auto way = [](const cc::Dict&) { return 2; };
#ifdef COROCHAIN_COMPILE_OK
  const auto always = [](const cc::Dict&) { return true; };
#else
  const auto always = [](int) { return true; };
#endif
  return cc::RunnableBranch({{always, way}}, otherwise);
}
