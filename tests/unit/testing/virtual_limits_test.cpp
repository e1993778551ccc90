// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <corochain/testing/virtual_time.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace corochain::testing::virtual_limits_test {
namespace {

using namespace std::chrono_literals;

/// Each time limit of the library, on a clock that is an hour ahead of the real one: a limit that mixed both
/// clocks would be over at once, or an hour late.
class VirtualLimits : public ::testing::Test {
 protected:
  VirtualLimits() {
    quick_then_late.answer("quick").after(1min);
    quick_then_late.answer("late").after(2h);
    time.run(time.sleep(1h));
  }
  VirtualTime::duration passed() const { return time.now() - 1h; }

  const VirtualTime time;
  FakeChatModel quick_then_late;
};

TEST_F(VirtualLimits, of_a_batch) {
  EXPECT_THROW(time.run(quick_then_late.abatch({"1", "2"}, {.timeout = 10min})), TimeoutError);
  EXPECT_EQ(passed(), 10min);
}

TEST_F(VirtualLimits, of_a_batch_with_results) {
  const auto results = time.run(quick_then_late.abatch_results({"1", "2"}, {.timeout = 10min}));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].value().content, "quick");
  EXPECT_EQ(results[1].error().kind(), ErrorKind::timeout);
  EXPECT_EQ(passed(), 10min);
}

TEST_F(VirtualLimits, of_a_batch_that_streams) {
  const auto read = [](FakeChatModel model, std::vector<bool>& answered) -> awaitable<void> {
    auto items = model.abatch_as_completed({"1", "2"}, {.timeout = 10min});
    while (auto item = co_await items.next()) answered.push_back(item->result.has_value());
  };
  std::vector<bool> answered;
  time.run(read(quick_then_late, answered));
  EXPECT_EQ(answered, (std::vector<bool>{true, false}));
  EXPECT_EQ(passed(), 10min);
}

TEST_F(VirtualLimits, of_measured_queries) {
  const QueryReport report = time.run(query_all(quick_then_late, {"1", "2"}, {.timeout = 10min}));
  ASSERT_EQ(report.results.size(), 2u);
  EXPECT_TRUE(report.results[0].ok());
  EXPECT_EQ(report.results[1].error.value().kind(), ErrorKind::timeout);
  EXPECT_EQ(passed(), 10min);
}

TEST_F(VirtualLimits, of_completions) {
  const auto read = [](FakeChatModel model, std::vector<bool>& answered) -> awaitable<void> {
    std::vector<awaitable<AIMessage>> calls;
    for (int i = 0; i < 2; ++i) calls.push_back(model.ainvoke("q"));
    auto done = as_completed(std::move(calls), {.timeout = 10min});
    while (auto item = co_await done.next()) answered.push_back(item->result.has_value());
  };
  std::vector<bool> answered;
  time.run(read(quick_then_late, answered));
  EXPECT_EQ(answered, (std::vector<bool>{true, false}));
  EXPECT_EQ(passed(), 10min);
}

TEST_F(VirtualLimits, of_a_race) {
  FakeChatModel late;
  late.answer("late").after(2h);
  const auto both = [](FakeChatModel model) -> awaitable<AIMessage> {
    std::vector<awaitable<AIMessage>> calls;
    for (int i = 0; i < 2; ++i) calls.push_back(model.ainvoke("q"));
    co_return co_await race(std::move(calls), {.timeout = 10min});
  };
  EXPECT_THROW(time.run(both(late)), TimeoutError);
  EXPECT_EQ(passed(), 10min);
}

TEST_F(VirtualLimits, of_a_task_group) {
  const auto group_of = [](VirtualTime clock) -> awaitable<void> {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    task_group group(here, {.timeout = 10min});
    group.spawn(clock.sleep(1min));
    group.spawn(clock.sleep(2h));
    co_await group.join();
  };
  EXPECT_THROW(time.run(group_of(time)), TimeoutError);
  EXPECT_EQ(passed(), 10min);
}

TEST_F(VirtualLimits, of_a_stream_count_from_its_beginning) {
  FakeChatModel fake;
  fake.answer(FakeReply::stream({"one", " two", " three"})).chunk_interval(4min);
  const auto read = [](Runnable<Messages, AIMessage> model, VirtualTime clock,
                       std::string& text) -> awaitable<void> {
    auto chunks = model.astream("q");
    co_await clock.sleep(1h);
    while (auto chunk = co_await chunks.next()) text += chunk->content;
  };
  std::string text;
  EXPECT_THROW(time.run(read(fake.with_config(RunConfig().timeout(6min)), time, text)), TimeoutError);
  EXPECT_EQ(text, "one two");
  EXPECT_EQ(passed(), 1h + 6min);
}

TEST_F(VirtualLimits, are_the_deadline_that_a_step_sees) {
  const auto left = [](VirtualTime) -> awaitable<bool> {
    const auto deadline = co_await run_deadline();
    co_return deadline.has_value();
  };
  EXPECT_TRUE(time.run(timeout(10min, left(time))));
  EXPECT_EQ(passed(), 0s);
}

TEST_F(VirtualLimits, end_the_waits_of_streamed_retries) {
  FakeChatModel fake;
  fake.fail(ErrorKind::output_parser);
  const auto patient =
      fake.with_retry({.stop_after_attempt = 100, .initial = 4min, .max = 4min, .jitter = 0s});
  const auto read = [](Runnable<Messages, AIMessage> model) -> awaitable<void> {
    auto chunks = model.astream("q");
    (void)co_await chunks.next();
  };
  EXPECT_THROW(time.run(timeout(10min, read(patient))), Error);
  EXPECT_EQ(fake.calls(), 3u);
  EXPECT_LE(passed(), 10min);
}

}  // namespace
}  // namespace corochain::testing::virtual_limits_test
