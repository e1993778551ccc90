// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Answers chunk by chunk: in a coroutine, on a thread that waits, and given up in the middle.

#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/demo.hpp"

namespace cc = corochain;
using cc::testing::MockReply;
using namespace std::chrono_literals;

namespace {

using Chain = cc::Runnable<cc::Dict, std::string>;

cc::awaitable<void> print_tokens(Chain chain, std::string question) {
  auto tokens = chain.astream({{"question", question}});
  while (auto chunk = co_await tokens.next()) std::cout << *chunk << std::flush;
  std::cout << '\n';
}

// The model alone gives `AIMessageChunk`s: text, tool calls in fragments, and at the end the cost. They add
// up.
cc::awaitable<void> print_cost(cc::ChatModel model, std::string question) {
  auto chunks = model.astream(question);
  cc::AIMessageChunk whole;
  while (auto chunk = co_await chunks.next()) whole += *chunk;
  std::cout << whole.content << " (" << whole.finish_reason << ", " << whole.usage.value().total_tokens
            << " tokens)\n";
}

// A stream that is left early has closed its connection: nothing is read, paid or waited for afterwards.
cc::awaitable<void> first_word(Chain chain, std::string question) {
  auto tokens = chain.astream({{"question", question}});
  std::optional<std::string> first = co_await tokens.next();
  std::cout << "first: " << first.value() << '\n';
  co_await tokens.close();  // or leave it to the destructor, which does not wait
}

void demonstrate() {
  cc::testing::MockServer server;
  cc::OpenAIOptions options;  // any server that speaks OpenAI's language: vLLM, Ollama, llama.cpp, a gateway
  options.base_url = server.endpoint() + "/v1";
  options.model = "mock-model";
  options.tls.ca_pem = server.ca_pem();
  options.stream_idle_timeout = 60s;  // between two events, while the consumer waits for the next
  const cc::ChatOpenAI model(options);
  const auto chain = cc::ChatPromptTemplate::from_template("{question}") | model | cc::StrOutputParser();

  cc::run(print_tokens(chain, "Why are streams pulled?"));
  cc::run(print_cost(model, "What does it cost?"));

  for (const auto& chunk : chain.stream({{"question", "And on a waiting thread?"}}))
    std::cout << chunk << std::flush;
  std::cout << '\n';

  server.reply(MockReply::stream({"one", " two", " three"}).chunk_interval(20ms));
  cc::run(first_word(chain, "Count, please."));

  // The exception of a stream carries the text that came before it.
  server.reply(MockReply::stream({"half of it", " and the rest"}).cut_body_after(900));
  try {
    for (const auto& chunk : chain.stream({{"question", "Break off."}})) std::cout << chunk << std::flush;
  } catch (const cc::TruncatedError& error) {
    std::cout << "\ntruncated after: " << error.partial_text() << '\n';
  }
}

}  // namespace

int main() { return example::run_example("5_streaming", demonstrate); }
