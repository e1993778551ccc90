// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The configuration of a run, its listeners, its retries and fallbacks, and its memory.

#include <atomic>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "support/demo.hpp"

namespace cc = corochain;
using namespace std::chrono_literals;
using cc::testing::MockReply;

namespace {

using Chain = cc::Runnable<cc::Dict, std::string>;

// Called on a thread of its own: however long it takes, no run waits for it.
class RetryCounter : public cc::CallbackHandler {
 public:
  void on_retry(const cc::RunEvent& event) override {
    ++retries;
    std::cerr << event.name() << " failed as " << cc::to_string(event.error()->kind()) << "; attempt "
              << event.attempt() << " follows\n";
  }
  std::atomic<std::size_t> retries = 0;
};

// A step may ask for the configuration of the run that calls it.
cc::awaitable<std::string> sign(std::string text) {
  const cc::RunConfig config = co_await cc::current_config();
  co_return text + " -- for " + config.configurable().get<std::string>("user");
}

void give_a_configuration(cc::testing::MockServer& server, const Chain& chain) {
  server.reply(MockReply::error(503, "busy", "try again").header("retry-after-ms", "1"));
  const auto signed_chain = chain | sign;
  auto counter = std::make_shared<RetryCounter>();
  auto usage = std::make_shared<cc::UsageMetadataCallbackHandler>();
  const auto config = cc::RunConfig()
                          .run_name("summarise")
                          .tag("nightly")
                          .timeout(5s)
                          .configurable("user", "ada")
                          .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                          .callback(counter)
                          .callback(usage);
  std::cout << signed_chain.invoke({{"question", "Why?"}}, config) << '\n';
  std::cout << usage->total().total_tokens << " tokens\n";
  counter->flush();
  std::cout << counter->retries << " retry\n";
}

// A coroutine of yours is called under a configuration as a chain is.
cc::awaitable<void> ask_twice(Chain chain) {
  for (const char* question : {"Why?", "How?"}) std::cout << co_await chain.ainvoke(question) << '\n';
}

cc::awaitable<void> ask_within_limits(Chain chain) {
  co_await cc::with_config(cc::RunConfig().timeout(5s).max_concurrency(4).tag("twice"), ask_twice(chain));
}

cc::awaitable<void> watch(Chain chain) {
  auto events = chain.astream_events({{"question", "What is an event?"}});
  while (auto event = co_await events.next())  // "on_chain_start RunnableSequence", ...
    std::cout << std::string(2 * event->parent_ids().size(), ' ') << event->event() << ' ' << event->name()
              << '\n';
}

int read_number(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) return std::stoi(text);
  cc::ErrorDetails details;
  details.text = text;
  throw cc::OutputParserError("the answer is no number", std::move(details));
}

void expect_failures(cc::testing::MockServer& server, const Chain& chain, const Chain& backup) {
  server.reply(MockReply::chat("about forty"));
  server.reply(MockReply::chat("42"));
  const auto stubborn =
      (chain | read_number).with_retry({.stop_after_attempt = 3, .initial = 1ms, .jitter = 0ms});
  std::cout << stubborn.invoke({{"question", "6 * 7?"}}, {.timeout = 30s}) << '\n';

  server.reply(MockReply::error(401, "401", "wrong key"));
  std::cout << chain.with_fallbacks(backup).invoke({{"question", "Who answers?"}}) << '\n';
}

void converse(const cc::AzureChatOpenAI& model) {
  const auto prompt = cc::ChatPromptTemplate::from_messages(
      {{"system", "Be brief."}, cc::MessagesPlaceholder("history"), {"human", "{input}"}});
  const auto store = std::make_shared<cc::InMemoryChatMessageHistory>();  // or one of yours, in a database
  const cc::RunnableWithMessageHistory chat(prompt | model | cc::StrOutputParser(), store);
  const auto session = cc::RunConfig().configurable("session_id", "ada");
  chat.invoke({{"input", "My name is Ada."}}, session);
  chat.invoke({{"input", "What is my name?"}}, session);
  for (const auto& message : store->messages("ada"))
    std::cout << cc::to_string(message.role()) << ": " << message.content() << '\n';
}

void demonstrate() {
  cc::testing::MockServer server;  // without a script it says "echo: " and the last message
  cc::AzureOptions options = example::mock_options(server);
  const cc::AzureChatOpenAI model(options);
  const auto prompt = cc::ChatPromptTemplate::from_template("{question}");
  const Chain chain = prompt | model | cc::StrOutputParser();
  options.azure_deployment = "another-model";
  const Chain backup = prompt | cc::AzureChatOpenAI(options) | cc::StrOutputParser();

  give_a_configuration(server, chain);
  cc::run(ask_within_limits(chain));
  cc::run(watch(chain));
  expect_failures(server, chain, backup);
  converse(model);
  std::cout << chain.describe() << chain.to_mermaid();
}

}  // namespace

int main() { return example::run_example("7_runs", demonstrate); }
