// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A prompt gives Messages, the parser takes an AIMessage: the model between them was forgotten.
// EXPECT: in 'left \| right' the output of the left step does not convert to the input of the right step
// EXPECT: names both
// EXPECT: steps_meet<corochain::Messages, corochain::AIMessage>
#include <corochain/parsers/str_output_parser.hpp>
#include <corochain/prompts/chat_prompt_template.hpp>
#include <corochain/testing/fake_chat_model.hpp>

namespace cc = corochain;

cc::Runnable<cc::Dict, std::string> chain() {
  auto prompt = cc::ChatPromptTemplate::from_template("{question}");
#ifdef COROCHAIN_COMPILE_OK
  return prompt | cc::testing::FakeChatModel(cc::testing::FakeReply("answer")) | cc::StrOutputParser();
#else
  return prompt | cc::StrOutputParser();
#endif
}
