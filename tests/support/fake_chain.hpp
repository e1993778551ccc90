// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <string>

namespace corochain::test {

/// A fake model between the real prompt, with one variable, and the real parser.
inline Runnable<Dict, std::string> chain_of(const testing::FakeChatModel& model) {
  return ChatPromptTemplate::from_template("{question}") | model | StrOutputParser();
}

}  // namespace corochain::test
