// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

#include <corochain/corochain.hpp>
#include <iostream>

namespace cc = corochain;

int main() {
  try {
    const cc::AzureChatOpenAI model;  // AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT, AZURE_OPENAI_API_KEY
    const auto prompt = cc::ChatPromptTemplate::from_template("Explain {topic} in one sentence.");
    const auto chain = prompt | model | cc::StrOutputParser();

    std::cout << chain.invoke({{"topic", "coroutines"}}) << '\n';

    for (const auto& answer : chain.batch({"strands", "executors", "timers"}, {.max_concurrency = 8}))
      std::cout << answer << '\n';  // asked at once, printed in input order
  } catch (const cc::Error& error) {
    std::cerr << error.what() << '\n';  // says what happened and what to do
    return 1;
  }
}
