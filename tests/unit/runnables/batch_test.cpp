// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <ranges>

#include "corochain/testing/fake_chat_model.hpp"
#include "support/virtual_work.hpp"

namespace corochain::batch_test {
namespace {
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;

/// Answers "<question>!" after a time that depends on the question's number. Every fifth fails if `failing`.
FakeChatModel numbered_model(VirtualTime time, bool failing) {
  return FakeChatModel(
      [failing](const Messages& asked) {
        const std::string& question = asked[asked.size() - 1].content();
        const int number = std::stoi(question);
        FakeReply reply(question + "!");
        if (failing && number % 5 == 0) reply = FakeReply::failure(ServerError("no answer to " + question));
        return reply.after(std::chrono::milliseconds((number * 7919) % 23));
      },
      time);
}

Runnable<Dict, std::string> chain_of(const FakeChatModel& model) {
  return ChatPromptTemplate::from_messages({{"system", "Be terse."}, {"human", "{question}"}}) | model |
         StrOutputParser();
}

std::vector<std::string> numbers(int count) {
  std::vector<std::string> questions;
  for (int i = 0; i < count; ++i) questions.push_back(std::to_string(i));
  return questions;
}

TEST(Batch, answers_in_input_order_within_the_limit) {
  VirtualTime time;
  const auto model = numbered_model(time, false);
  const auto chain = chain_of(model);
  const auto answers = time.run(chain.abatch(numbers(50), {.max_concurrency = 8}));
  ASSERT_EQ(answers.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(answers[static_cast<std::size_t>(i)], std::to_string(i) + "!");
  EXPECT_EQ(model.max_in_flight(), 8u);
}

TEST(Batch, is_pipelined_without_a_barrier) {
  // One straggler: with a barrier between the steps, the second step of all other items would wait for it.
  VirtualTime time;
  FakeChatModel model(
      [](const Messages& asked) {
        FakeReply reply(asked[0].content());
        return reply.after(asked[0].content() == "slow" ? 100ms : 1ms);
      },
      time);
  std::vector<std::pair<std::string, std::chrono::milliseconds>> ended;
  auto note = [&](std::string answer) {
    ended.emplace_back(answer, std::chrono::duration_cast<std::chrono::milliseconds>(time.now()));
    return answer;
  };
  const auto chain = ChatPromptTemplate::from_template("{q}") | model | StrOutputParser() | note;
  std::vector<std::string> inputs{"slow", "a", "b", "c"};
  (void)time.run(chain.abatch(inputs, {.max_concurrency = 2}));
  ASSERT_EQ(ended.size(), 4u);
  EXPECT_EQ(ended[0], std::pair(std::string("a"), 1ms));
  EXPECT_EQ(ended[2], std::pair(std::string("c"), 3ms));
  EXPECT_EQ(ended[3], std::pair(std::string("slow"), 100ms));
}

TEST(Batch, the_first_failure_stops_all_and_draws_no_more) {
  VirtualTime time;
  const auto model = numbered_model(time, true);
  const auto chain = chain_of(model);
  EXPECT_THROW(time.run(chain.abatch(numbers(50), {.max_concurrency = 4})), ServerError);
  EXPECT_LT(model.calls(), 20u);
  EXPECT_EQ(model.in_flight(), 0u);
}

TEST(Batch, of_nothing_is_nothing_and_a_high_limit_is_fine) {
  VirtualTime time;
  const auto chain = chain_of(numbered_model(time, false));
  EXPECT_TRUE(time.run(chain.abatch(std::vector<std::string>(), {.max_concurrency = 4})).empty());
  EXPECT_EQ(time.run(chain.abatch(numbers(2), {.max_concurrency = 1000})).size(), 2u);
}

TEST(Batch, takes_braces_inside_awaits) {
  VirtualTime time;
  const auto chain = chain_of(numbered_model(time, false));
  auto ask = [](const Runnable<Dict, std::string>& c) -> awaitable<std::vector<std::string>> {
    const std::string second = "2";
    auto answers = co_await c.abatch({{{"question", "1"}}, {{"question", second}}}, {.max_concurrency = 2});
    co_return answers;
  };
  EXPECT_EQ(time.run(ask(chain)), (std::vector<std::string>{"1!", "2!"}));
}

TEST(Batch, as_completed_keeps_indices_and_failures_apart) {
  VirtualTime time;
  const auto chain = chain_of(numbered_model(time, true));
  auto collect = [](const Runnable<Dict, std::string>& c) -> awaitable<std::pair<int, int>> {
    auto done = c.abatch_as_completed(numbers(40), {.max_concurrency = 6});
    std::pair<int, int> good_bad;
    while (auto item = co_await done.next()) {
      if (item->result) {
        EXPECT_EQ(*item->result, std::to_string(item->index) + "!");
        ++good_bad.first;
      } else {
        EXPECT_EQ(item->index % 5, 0u);
        EXPECT_EQ(item->result.error().kind(), ErrorKind::server);
        ++good_bad.second;
      }
    }
    co_return good_bad;
  };
  EXPECT_EQ(time.run(collect(chain)), std::pair(32, 8));
}

TEST(Batch, inputs_are_drawn_lazily_and_results_held_are_few) {
  VirtualTime time;
  const auto chain = chain_of(numbered_model(time, false));
  int drawn = 0;
  int ended = 0;
  auto inputs = std::views::iota(0, 2000) | std::views::transform([&](int i) {
                  ++drawn;
                  return std::to_string(i);
                });
  auto collect = [](const Runnable<Dict, std::string>& c, auto range, int& out, int& in) -> awaitable<void> {
    auto done = c.abatch_as_completed(range, {.max_concurrency = 16});
    while (auto item = co_await done.next()) {
      ++out;
      EXPECT_LE(in - out, 33);  // 16 that run, 16 that wait to be taken, one being drawn
    }
  };
  time.run(collect(chain, inputs, ended, drawn));
  EXPECT_EQ(ended, 2000);
}

TEST(Batch, a_throwing_range_ends_the_batch) {
  VirtualTime time;
  const auto model = numbered_model(time, false);
  const auto chain = chain_of(model);
  auto inputs = std::views::iota(0, 100) | std::views::transform([](int i) {
                  if (i == 7) throw std::out_of_range("no seventh input");
                  return std::to_string(i);
                });
  EXPECT_THROW(time.run(chain.abatch(inputs, {.max_concurrency = 3})), std::out_of_range);
  EXPECT_EQ(model.in_flight(), 0u);
}

TEST(Batch, results_before_a_throwing_range_come_first) {
  VirtualTime time;
  const auto chain = chain_of(numbered_model(time, false));
  auto inputs = std::views::iota(0, 100) | std::views::transform([](int i) {
                  if (i == 3) throw std::out_of_range("no third input");
                  return std::to_string(i);
                });
  auto collect = [](const Runnable<Dict, std::string>& c, auto range) -> awaitable<std::string> {
    auto done = c.abatch_as_completed(range, {.max_concurrency = 1});
    std::string seen;
    try {
      while (auto item = co_await done.next()) seen += *item->result;
    } catch (const std::out_of_range&) {
      seen += "[threw]";
    }
    co_return seen;
  };
  EXPECT_EQ(time.run(collect(chain, inputs)), "0!1!2![threw]");
}

TEST(Batch, each_slot_comes_from_its_input_at_random_delays) {
  std::mt19937 random(99);
  for (int round = 0; round < 200; ++round) {
    VirtualTime time;
    FakeChatModel model(
        [&random](const Messages& asked) {
          FakeReply reply(asked[0].content() + "!");
          return reply.after(std::chrono::milliseconds(random() % 30));
        },
        time);
    const auto chain = ChatPromptTemplate::from_template("{q}") | model | StrOutputParser();
    const int count = static_cast<int>(random() % 30);
    const auto answers = time.run(chain.abatch(numbers(count), {.max_concurrency = random() % 7}));
    ASSERT_EQ(answers.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) ASSERT_EQ(answers[static_cast<std::size_t>(i)], std::to_string(i) + "!");
  }
}

TEST(Batch, sync_twin_gives_the_same) {
  FakeChatModel model("x");
  const auto chain = ChatPromptTemplate::from_template("{q}") | model | StrOutputParser();
  EXPECT_EQ(chain.batch(numbers(3)), (std::vector<std::string>(3, "x")));
}

TEST(InBatches, cuts_into_groups_one_after_the_other) {
  VirtualTime time;
  const auto model = numbered_model(time, false);
  const auto chain = chain_of(model);
  auto collect = [](const Runnable<Dict, std::string>& c) -> awaitable<std::vector<std::size_t>> {
    auto groups = in_batches(c, numbers(12), {.batch_size = 5});
    std::vector<std::size_t> sizes;
    int next = 0;
    while (auto answers = co_await groups.next()) {
      sizes.push_back(answers->size());
      for (const auto& answer : *answers) EXPECT_EQ(answer, std::to_string(next++) + "!");
    }
    co_return sizes;
  };
  EXPECT_EQ(time.run(collect(chain)), (std::vector<std::size_t>{5, 5, 2}));
  EXPECT_EQ(model.max_in_flight(), 5u);
  EXPECT_THROW(in_batches(chain, numbers(1), {.batch_size = 0}), ConfigError);
}

TEST(InBatches, a_failed_group_is_thrown_and_the_next_goes_on) {
  VirtualTime time;
  const auto chain = chain_of(numbered_model(time, true));
  auto collect = [](const Runnable<Dict, std::string>& c) -> awaitable<std::string> {
    std::vector<std::string> questions{"1", "2", "5", "6", "7", "8"};
    auto groups = in_batches(c, questions, {.batch_size = 2});
    std::string seen;
    for (;;) {
      try {
        auto answers = co_await groups.next();
        if (!answers) break;
        for (const auto& answer : *answers) seen += answer;
      } catch (const ServerError&) {
        seen += "[failed]";
      }
    }
    co_return seen;
  };
  EXPECT_EQ(time.run(collect(chain)), "1!2![failed]7!8!");
}

TEST(Query, has_answer_and_time_and_failures_as_results) {
  VirtualTime time;
  const auto chain = chain_of(numbered_model(time, true));
  const QueryResult good = time.run(query(chain, "3"));
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(good.question, "3");
  EXPECT_EQ(good.answer, "3!");
  EXPECT_GE(good.time_taken, 0);
  const QueryResult bad = time.run(query(chain, {{"question", "5"}}));
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.question, "5");
  EXPECT_EQ(bad.answer, "");
  EXPECT_EQ(bad.error->kind(), ErrorKind::server);
}

TEST(Query, all_keeps_input_order_and_ignores_failures) {
  VirtualTime time;
  const auto model = numbered_model(time, true);
  const auto chain = chain_of(model);
  const QueryReport report = time.run(query_all(chain, numbers(25), {.max_concurrency = 4}));
  ASSERT_EQ(report.results.size(), 25u);
  EXPECT_EQ(report.failed(), 5u);
  for (int i = 0; i < 25; ++i) {
    const auto& result = report.results[static_cast<std::size_t>(i)];
    EXPECT_EQ(result.question, std::to_string(i));
    EXPECT_EQ(result.ok(), i % 5 != 0);
  }
  EXPECT_EQ(report.errors_by_kind().at("server"), 5u);
  EXPECT_EQ(model.max_in_flight(), 4u);
}

TEST(Query, of_a_model_takes_text_as_one_human_message) {
  FakeChatModel model("hello");
  const QueryResult result = run(query(model, "hi"));
  EXPECT_EQ(result.answer, "hello");
  EXPECT_EQ(model.received()[0][0], Message::human("hi"));
}

TEST(Query, with_a_timeout_unanswered_questions_say_timeout) {
  FakeChatModel model([](const Messages& asked) {
    FakeReply reply("quick");
    return reply.after(asked[0].content() == "1" ? 0ms : 1h);
  });
  const auto chain = ChatPromptTemplate::from_template("{q}") | model | StrOutputParser();
  std::vector<std::string> questions{"1", "2", "3", "4"};
  const QueryReport report = run(query_all(chain, questions, {.max_concurrency = 2, .timeout = 20ms}));
  ASSERT_EQ(report.results.size(), 4u);
  EXPECT_TRUE(report.results[0].ok());
  for (std::size_t i = 1; i < 4; ++i) {
    ASSERT_FALSE(report.results[i].ok());
    EXPECT_EQ(report.results[i].error->kind(), ErrorKind::timeout);
    EXPECT_EQ(report.results[i].question, questions[i]);
  }
  EXPECT_GT(report.results[1].time_taken, 0);  // asked, and cancelled
  EXPECT_TRUE(report.results[1].was_asked());
  EXPECT_FALSE(report.results[3].was_asked());
  // An item that was cancelled counts with its time until then.
  EXPECT_GE(report.seconds_at(1), report.results[1].time_taken);
  EXPECT_GT(report.results[3].started_at, std::chrono::system_clock::now() - 1h);
}

TEST(Invoke, a_bare_abort_of_a_step_is_a_cancelled_error) {
  namespace asio = boost::asio;
  auto wait = [](std::string text) -> awaitable<std::string> {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, 1h);
    co_await timer.async_wait(asio::use_awaitable);
    co_return text;
  };
  const auto chain = ChatPromptTemplate::from_template("{q}") | FakeChatModel("x") | StrOutputParser() | wait;
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::exception_ptr error;
  asio::co_spawn(
      loop, chain.ainvoke("hi"),
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, std::string) { error = e; }));
  loop.poll();
  signal.emit(asio::cancellation_type::terminal);
  loop.run();
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
}

}  // namespace
}  // namespace corochain::batch_test
