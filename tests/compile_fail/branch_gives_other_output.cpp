// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A branch gives text where the default gives a number.
// EXPECT: this runnable or function does not give the output that is wanted here
// EXPECT: names both
// EXPECT: output_converts<std::.*string.*, int>
#include <corochain/runnables/branch.hpp>
#include <corochain/runnables/lambda.hpp>
#include <string>

namespace cc = corochain;

cc::Runnable<cc::Dict, int> chain() {
  const cc::RunnableLambda otherwise([](cc::Dict) { return 1; });
  const auto always = [](const cc::Dict&) { return true; };
#ifdef COROCHAIN_COMPILE_OK
  const auto way = [](const cc::Dict&) { return 2; };
#else
  const auto way = [](const cc::Dict&) { return std::string("two"); };
#endif
  return cc::RunnableBranch({{always, way}}, otherwise);
}
