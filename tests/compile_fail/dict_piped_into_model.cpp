// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A model takes a conversation; names and values become one in a prompt.
// EXPECT: in 'left \| right' the output of the left step does not convert to the input of the right step
// EXPECT: steps_meet<corochain::Dict, corochain::Messages>
#include <corochain/models/chat_model.hpp>
#include <corochain/prompts/chat_prompt_template.hpp>

namespace cc = corochain;

cc::Runnable<cc::Dict, cc::AIMessage> chain(const cc::Runnable<cc::Dict, cc::Dict>& look_up,
                                            const cc::ChatModel& model) {
#ifdef COROCHAIN_COMPILE_OK
  return look_up | cc::ChatPromptTemplate::from_template("{question}") | model;
#else
  return look_up | model;
#endif
}
