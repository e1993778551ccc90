// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Steps of your own: plain functions and coroutines are piped into a chain like everything else.

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <chrono>
#include <corochain/corochain.hpp>
#include <corochain/testing/mock_server.hpp>
#include <iostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/demo.hpp"

namespace asio = boost::asio;
namespace cc = corochain;
using namespace std::chrono_literals;

namespace {

// The output of a step may be any type of yours.
struct Note {
  std::string title;
  std::string text;
};

std::string to_upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// A step that waits for something, here for a timer: a look-up in a database would be written the same way.
// While it waits the thread serves other calls.
cc::awaitable<Note> file_note(std::string text) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 5ms);
  co_await timer.async_wait(asio::use_awaitable);
  Note note;
  note.title = text.substr(0, 16);
  note.text = std::move(text);
  co_return note;
}

// A runnable of your own, with settings, a name in events, and all that runnables have.
class Shorten : public cc::Runnable<std::string, std::string> {
 public:
  explicit Shorten(std::size_t length) : Runnable(make(length)) {}

 private:
  static Runnable make(std::size_t length) {
    const cc::RunnableLambda cut([length](const std::string& text) { return text.substr(0, length); });
    return cut.with_config(cc::RunConfig().run_name("Shorten"));
  }
};

using Chain = cc::Runnable<cc::Dict, std::string>;

cc::awaitable<void> explain_all(Chain explain, std::vector<std::string> topics) {
  std::vector<cc::awaitable<std::string>> calls;
  for (const auto& topic : topics)
    calls.push_back(explain.ainvoke({{"topic", topic}, {"language", "Dutch"}}));
  const std::vector<std::string> answers = co_await cc::gather(std::move(calls), {.max_concurrency = 8});
  for (const auto& answer : answers) std::cout << answer << '\n';
}

cc::awaitable<void> ask_both(Chain text, cc::Runnable<cc::Dict, std::size_t> count) {
  auto [answer, words] = co_await cc::gather(text.ainvoke({{"topic", "strands"}, {"language", "English"}}),
                                             count.ainvoke({{"topic", "timers"}, {"language", "German"}}));
  std::cout << "text: " << answer << "\nwords: " << words << '\n';
}

void demonstrate() {
  cc::testing::MockServer server;  // without a script it says "echo: " and the last message
  const cc::AzureOptions options = example::mock_options(server);

  auto prompt = cc::ChatPromptTemplate::from_template("Explain {topic} in {language}.");
  auto explain = prompt | cc::AzureChatOpenAI(options) | cc::StrOutputParser();
  std::cout << explain.invoke({{"topic", "strands"}, {"language", "French"}}) << '\n';  // blocks this thread
  cc::run(explain_all(explain, {"coroutines", "executors", "timers"}));                 // all at once

  auto shout = explain | to_upper;  // a plain function: the chain still gives text
  auto note = explain | file_note;  // a coroutine: Runnable<Dict, Note>
  auto count = explain | [](const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
  };
  auto in_french = [](std::string topic) { return cc::Dict{{"topic", topic}, {"language", "French"}}; };
  auto french = in_french | explain;  // a function in front: Runnable<std::string, std::string>

  std::cout << "shout: " << shout.invoke({{"topic", "coroutines"}, {"language", "English"}}) << '\n';
  const Note filed = note.invoke({{"topic", "executors"}, {"language", "English"}});
  std::cout << "note: " << filed.title << " | " << filed.text << '\n';
  const auto measured = cc::run(cc::query(note, {{"topic", "executors"}, {"language", "English"}}));
  if (measured.ok()) std::cout << "cost: " << measured.value->title << ", " << measured.usage << '\n';
  std::cout << "short: " << (french | Shorten(12)).invoke("a very long topic") << '\n';
  std::cout << "french: " << french.invoke("handlers") << '\n';
  cc::run(ask_both(explain, count));

  // Values need not be text, and a Dict may be filled step by step.
  cc::Dict input;
  input.set("topic", "timers").set("language", "English").set("unused", 3);
  std::cout << "dict: " << explain.invoke(input) << '\n';
}

}  // namespace

int main() { return example::run_example("4_own_steps", demonstrate); }
