// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A program that has an io_context of its own: chains are spawned on it like any other coroutine, with any
// completion token, and are cancelled like any other operation.

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include "support/demo.hpp"

namespace asio = boost::asio;
namespace cc = corochain;
using namespace std::chrono_literals;

namespace {

// A handler for co_spawn: what the coroutine threw, or its value.
void print_end(const std::string& name, std::exception_ptr error, const std::string& answer) {
  if (!error) {
    std::cout << name << ": " << answer << '\n';
    return;
  }
  const cc::Failure failure(error);  // looks at an exception without a throw
  std::cout << name << ": " << cc::to_string(failure.kind()) << ": " << failure.message() << '\n';
}

void demonstrate() {
  cc::testing::MockServer server;
  server.respond_with([](const cc::testing::RecordedRequest& request) {
    const bool slow = request.body.find("slow") != std::string::npos;
    return cc::testing::MockReply::chat(slow ? "Here I am." : "At once.").latency(slow ? 30s : 10ms);
  });
  const auto chain = cc::ChatPromptTemplate::from_template("{question}") |
                     cc::AzureChatOpenAI(example::mock_options(server)) | cc::StrOutputParser();

  asio::io_context context;
  asio::co_spawn(context, chain.ainvoke({{"question", "a quick one"}}),
                 [](std::exception_ptr error, std::string answer) { print_end("handler", error, answer); });
  auto future = asio::co_spawn(context, chain.ainvoke({{"question", "another one"}}), asio::use_future);
  context.run();  // returns when both are done: idle connections do not hold it
  std::cout << "future: " << future.get() << '\n';

  asio::cancellation_signal stop;
  asio::co_spawn(context, chain.ainvoke({{"question", "a slow one"}}),
                 asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr error, std::string answer) {
                   print_end("cancelled", error, answer);
                 }));
  asio::steady_timer timer(context, 20ms);
  timer.async_wait([&stop](boost::system::error_code) { stop.emit(asio::cancellation_type::terminal); });
  const auto start = std::chrono::steady_clock::now();
  context.restart();
  context.run();  // returns when the call has ended, with its connection closed
  const auto took = std::chrono::steady_clock::now() - start;
  std::cout << "run() came back after " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
            << " ms, not after 30 s\n";
  if (took > 10s) throw std::runtime_error("the cancelled call ended late");
}

}  // namespace

int main() { return example::run_example("2_own_io_context", demonstrate); }
