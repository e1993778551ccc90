// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A model stands in a RunnableParallel without a prompt in front of it.
// EXPECT: this runnable or function does not take a Dict
// EXPECT: takes_dict<corochain::testing::FakeChatModel>
#include <corochain/prompts/chat_prompt_template.hpp>
#include <corochain/runnables/parallel.hpp>
#include <corochain/runnables/sequence.hpp>
#include <corochain/testing/fake_chat_model.hpp>

namespace cc = corochain;

cc::Runnable<cc::Dict, cc::Dict> chain() {
  const cc::testing::FakeChatModel model("answer");
#ifdef COROCHAIN_COMPILE_OK
  return cc::RunnableParallel({{"answer", cc::ChatPromptTemplate::from_template("{q}") | model}});
#else
  return cc::RunnableParallel({{"answer", model}});
#endif
}
