// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A function as a fallback takes what the runnable before it takes.
// EXPECT: corochain: this function cannot be called with the input it is to be given
// EXPECT: function_takes<.*, corochain::Messages>
#include <corochain/models/chat_model.hpp>

namespace cc = corochain;

cc::AIMessage answer(const cc::ChatModel& model) {
#ifdef COROCHAIN_COMPILE_OK
  const auto backup = [](const cc::Messages&) { return cc::AIMessage("none"); };
#else
  const auto backup = [](int) { return cc::AIMessage("none"); };
#endif
  return model.with_fallbacks({backup}).invoke("q");
}
