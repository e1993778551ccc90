// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A model takes Messages. A Dict does not convert to them.
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
