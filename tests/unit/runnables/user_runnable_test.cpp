// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Runnables that a user makes: classes of the user's own, a chain with retries, and one that has a name.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/event_recorder.hpp"
#include "support/fake_chain.hpp"

namespace corochain::user_runnable_test {
namespace {
namespace asio = boost::asio;
namespace cc = corochain;
using test::chain_of;
using test::EventRecorder;
using testing::FakeChatModel;
using testing::FakeReply;
using namespace std::chrono_literals;

// ---- a user's own runnables

std::string to_upper(std::string text) {
  for (char& each : text)
    if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 'a' + 'A');
  return text;
}

/// A runnable with a name of its own, as a user makes one.
class Shout : public Runnable<std::string, std::string> {
 public:
  Shout() : Runnable(RunnableLambda(to_upper).with_config(RunConfig().run_name("Shout"))) {}
  /// Fails `failures` times.
  explicit Shout(std::shared_ptr<int> failures)
      : Runnable(RunnableLambda([failures](std::string text) {
                   if ((*failures)-- > 0) throw OutputParserError("too quiet");
                   return to_upper(std::move(text));
                 }).with_config(RunConfig().run_name("Shout"))) {}
};

TEST(RunnableOfAUser, is_called_piped_and_batched) {
  const Shout shout;
  EXPECT_EQ(shout.invoke("hey"), "HEY");
  EXPECT_EQ((chain_of(FakeChatModel("yes")) | shout).invoke("q"), "YES");
  EXPECT_EQ((shout | [](std::string text) { return text + "!"; }).invoke("hey"), "HEY!");
  EXPECT_EQ(
      (RunnableLambda([](int n) { return std::string(static_cast<std::size_t>(n), 'a'); }) | shout | Shout() |
       [](const std::string& text) {
         return text.size();
       }).invoke(3),
      3u);
  EXPECT_EQ(shout.batch({"a", "b", "c"}), (std::vector<std::string>{"A", "B", "C"}));
  std::string chunks;
  for (const std::string& chunk : shout.stream("hey")) chunks += chunk + "|";
  EXPECT_EQ(chunks, "HEY|");
  const RunnableParallel both({{"loud", [](const Dict& d) { return d.get<std::string>("x"); } | Shout()}});
  EXPECT_EQ(both.invoke({{"x", "y"}}).get<std::string>("loud"), "Y");
}

TEST(RunnableOfAUser, has_its_name_in_events) {
  const auto recorder = std::make_shared<EventRecorder>();
  const RunConfig told = RunConfig().callback(recorder);
  Shout().invoke("hey", told);
  EXPECT_EQ(recorder->lines(), (std::vector<std::string>{"on_chain_start Shout", "on_chain_end Shout"}));

  const auto piped = std::make_shared<EventRecorder>();
  const auto chain = FakeChatModel("yes") | StrOutputParser() | Shout();
  EXPECT_EQ(chain.invoke("q", RunConfig().callback(piped)), "YES");
  EXPECT_EQ(piped->lines(), (std::vector<std::string>{
                                "on_chain_start RunnableSequence",
                                "on_chat_model_start FakeChatModel seq:step:1",
                                "on_chat_model_end FakeChatModel seq:step:1",
                                "on_parser_start StrOutputParser seq:step:2",
                                "on_parser_end StrOutputParser seq:step:2",
                                "on_chain_start Shout seq:step:3",
                                "on_chain_end Shout seq:step:3",
                                "on_chain_end RunnableSequence",
                            }));

  const auto batched = std::make_shared<EventRecorder>();
  const auto answers = Shout().batch({"a", "b"}, {.max_concurrency = 1}, RunConfig().callback(batched));
  EXPECT_EQ(answers, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(batched->lines(), (std::vector<std::string>{"on_chain_start Shout", "on_chain_end Shout",
                                                        "on_chain_start Shout", "on_chain_end Shout"}));

  const auto renamed = std::make_shared<EventRecorder>();
  Shout().invoke("hey", RunConfig().run_name("Whisper").callback(renamed));
  EXPECT_EQ(renamed->lines(), (std::vector<std::string>{"on_chain_start Whisper", "on_chain_end Whisper"}));
}

TEST(RunnableOfAUser, is_tried_again) {
  const auto recorder = std::make_shared<EventRecorder>();
  const auto failures = std::make_shared<int>(1);
  const auto tried = Shout(failures).with_retry({.stop_after_attempt = 2, .initial = 0s, .jitter = 0s});
  EXPECT_EQ(tried.invoke("hey", RunConfig().callback(recorder)), "HEY");
  EXPECT_EQ(recorder->lines(), (std::vector<std::string>{
                                   "on_chain_start RunnableRetry",
                                   "on_chain_start Shout",
                                   "on_chain_error Shout",
                                   "on_chain_retry RunnableRetry",
                                   "on_chain_start Shout retry:attempt:2",
                                   "on_chain_end Shout retry:attempt:2",
                                   "on_chain_end RunnableRetry",
                               }));
  *failures = 2;
  EXPECT_THROW(tried.invoke("hey"), OutputParserError);
  *failures = 1;
  EXPECT_EQ(tried.batch({"a", "b"}, {.max_concurrency = 1}), (std::vector<std::string>{"A", "B"}));
}

// ---- a chain made safe, and one that has a name

auto safe_of(Runnable<Dict, std::string> chain, Runnable<Dict, std::string> backup_chain) {
  auto safe = chain.with_retry({.stop_after_attempt = 3}).with_fallbacks({backup_chain});
  return safe;
}

auto named_of(Runnable<Dict, std::string> chain) {
  auto named = chain.with_config(cc::RunConfig().run_name("summarise").tag("nightly").timeout(5s));
  return named;
}

TEST(SafeChain, asks_the_backup_where_the_first_is_of_no_use) {
  const FakeChatModel first({"fine", FakeReply::failure(BadRequestError("refused")), "fine again"});
  const FakeChatModel backup("from the backup");
  const auto safe = safe_of(chain_of(first), chain_of(backup));
  EXPECT_EQ(safe.invoke({{"question", "a"}}), "fine");
  EXPECT_EQ(backup.calls(), 0u);
  EXPECT_EQ(safe.invoke({{"question", "b"}}), "from the backup");
  ASSERT_EQ(backup.calls(), 1u);
  EXPECT_EQ(backup.received()[0][0].content(), "b");
  EXPECT_EQ(safe.invoke({{"question", "c"}}), "fine again");
  EXPECT_EQ(first.calls(), 3u) << "a refused request is not repeated";
}

/// Cancels the call when it is about to wait for another attempt.
class CancelsRetries : public CallbackHandler {
 public:
  CancelsRetries(asio::io_context& loop, asio::cancellation_signal& signal) : loop_(loop), signal_(signal) {}
  void on_retry(const RunEvent& event) override {
    seen.push_back(event);
    asio::post(loop_, [&signal = signal_] { signal.emit(asio::cancellation_type::terminal); });
  }
  bool run_inline() const noexcept override { return true; }
  std::vector<RunEvent> seen;

 private:
  asio::io_context& loop_;
  asio::cancellation_signal& signal_;
};

TEST(SafeChain, is_tried_again_before_the_backup_is) {
  const FakeChatModel first(FakeReply::failure(OutputParserError("no JSON")));
  const FakeChatModel backup("from the backup");
  const auto safe = safe_of(chain_of(first), chain_of(backup));
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::exception_ptr ended;
  const auto handler = std::make_shared<CancelsRetries>(loop, signal);
  asio::co_spawn(loop, safe.ainvoke({{"question", "q"}}, RunConfig().callback(handler)),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](std::exception_ptr error, const std::string&) { ended = error; }));
  loop.run();
  ASSERT_TRUE(ended);
  EXPECT_THROW(std::rethrow_exception(ended), CancelledError);
  ASSERT_EQ(handler->seen.size(), 1u);
  EXPECT_EQ(handler->seen[0].attempt(), 2u);
  EXPECT_GE(handler->seen[0].wait(), 1s);
  EXPECT_LE(handler->seen[0].wait(), 2s);
  EXPECT_EQ(first.calls(), 1u);
  EXPECT_EQ(backup.calls(), 0u);
}

TEST(NamedChain, has_its_name_its_tag_and_its_time) {
  std::optional<std::chrono::steady_clock::time_point> deadline;
  const auto look = [&deadline](std::string text) -> awaitable<std::string> {
    deadline = co_await run_deadline();
    EXPECT_LE(deadline.value_or(std::chrono::steady_clock::time_point::max()),
              std::chrono::steady_clock::now() + 5s);
    co_return text;
  };
  const auto named = named_of(chain_of(FakeChatModel("short")) | look);
  const auto recorder = std::make_shared<EventRecorder>();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(named.invoke({{"question", "q"}}, RunConfig().callback(recorder)), "short");
  EXPECT_GE(deadline.value_or(std::chrono::steady_clock::time_point::min()), before + 5s);
  const auto lines = recorder->lines();
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front(), "on_chain_start summarise nightly");
  EXPECT_EQ(lines.back(), "on_chain_end summarise nightly");
  for (const RunEvent& event : recorder->events()) {
    EXPECT_EQ(event.tags().front(), "nightly") << event.name();
    EXPECT_EQ(event.name() == "summarise", event.parent_ids().empty()) << event.name();
  }
}

}  // namespace
}  // namespace corochain::user_runnable_test
