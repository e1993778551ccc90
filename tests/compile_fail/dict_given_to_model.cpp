// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A model is called with Messages; a Dict does not turn into them by itself.
// EXPECT: Dict.* to .*Messages
#include <corochain/core/dict.hpp>
#include <corochain/models/chat_model.hpp>

namespace cc = corochain;

cc::AIMessage answer(const cc::ChatModel& model, const cc::Dict& values) {
#ifdef COROCHAIN_COMPILE_OK
  return model.invoke(values.get<std::string>("question"));
#else
  return model.invoke(values);
#endif
}
