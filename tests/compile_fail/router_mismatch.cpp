// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A route gives a number where the router gives text.
// EXPECT: this runnable or function does not give the output that is wanted here
// EXPECT: output_converts<int, std::.*string
#include <corochain/runnables/lambda.hpp>
#include <corochain/runnables/router.hpp>
#include <string>

namespace cc = corochain;

cc::Runnable<cc::RouterInput<cc::Dict>, std::string> chain() {
#ifdef COROCHAIN_COMPILE_OK
  const cc::RunnableLambda way([](cc::Dict) { return std::string("two"); });
#else
  const cc::RunnableLambda way([](cc::Dict) { return 2; });
#endif
  return cc::RouterRunnable<cc::Dict, std::string>({{"way", way}});
}
