// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A fallback takes what the runnable before it takes.
// EXPECT: corochain: this runnable or function does not take the input it is to be given
// EXPECT: input_converts<corochain::Messages, int>
#include <corochain/models/chat_model.hpp>
#include <corochain/runnables/lambda.hpp>

namespace cc = corochain;

cc::AIMessage answer(const cc::ChatModel& model) {
#ifdef COROCHAIN_COMPILE_OK
  const cc::RunnableLambda backup([](cc::Messages) { return cc::AIMessage("none"); });
#else
  const cc::RunnableLambda backup([](int) { return cc::AIMessage("none"); });
#endif
  return model.with_fallbacks({backup}).invoke("q");
}
