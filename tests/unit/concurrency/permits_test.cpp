// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <corochain/concurrency/detail/merge_channel.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "concurrency/permit_wait.hpp"
#include "support/virtual_work.hpp"

// Tasks that release their permit of a budget while they wait, and acquire one again.

namespace corochain::permits_test {
namespace {
namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using detail::merge_channel;
using detail::sender;
using test::virtual_work;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;

/// Waits as a retry does: for no work below the task, and without the task's permit.
awaitable<void> elsewhere(virtual_work& work, std::chrono::milliseconds length) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const call_context context = detail::context_on(here);
  co_await detail::without_permit(context, work.time().sleep(length));
}

/// Runs the calls with at most `most` at once. A hang is a `std::logic_error` of the virtual time.
void run_all(virtual_work& work, std::vector<awaitable<void>> calls, std::size_t most) {
  work.time().run(gather(std::move(calls), {.max_concurrency = most}));
  EXPECT_EQ(work.alive().now, 0);
}

// ---- limits that a task has set for itself

awaitable<void> waits_often(virtual_work& work) {
  for (int i = 0; i < 4; ++i) {
    co_await elsewhere(work, 5ms);
    co_await work.wait(1ms);
  }
}

TEST(Permits, a_task_in_its_own_limit_may_wait_often) {
  for (const std::size_t most : {1u, 2u}) {
    VirtualTime time;
    virtual_work work(time);
    const RunnableLambda step([&work](int) -> awaitable<int> {
      co_await waits_often(work);
      co_return 1;
    });
    const auto limited = step.with_config(RunConfig().max_concurrency(1));
    const std::vector<int> inputs(3, 0);
    const auto answers = time.run(limited.abatch(inputs, {.max_concurrency = most}));
    EXPECT_EQ(answers, std::vector<int>(3, 1));
    EXPECT_LE(work.alive().peak, static_cast<int>(most));
  }
}

TEST(Permits, a_step_in_its_own_limit_may_be_retried_often) {
  const FakeReply broken = FakeReply::failure(OutputParserError("no JSON"));
  const FakeChatModel model({broken, broken, broken, FakeReply("fine")});
  RetryOptions retry;
  retry.stop_after_attempt = 4;
  retry.initial = 1ms;
  retry.jitter = 0s;
  const auto chain = model.with_retry(retry).with_config(RunConfig().max_concurrency(1));
  const std::vector<Messages> inputs(1, Messages{Message::human("q")});
  asio::io_context loop;  // ends when it is out of work, even if no task has resumed
  std::string answer;
  asio::co_spawn(loop, chain.abatch(inputs, {.max_concurrency = 1}),
                 [&](std::exception_ptr error, const auto& answers) {
                   if (!error) answer = answers.at(0).content;
                 });
  loop.run();
  EXPECT_EQ(answer, "fine");
}

awaitable<void> two_elsewhere(virtual_work& work) {
  std::vector<awaitable<void>> calls;
  calls.push_back(elsewhere(work, 5ms));
  calls.push_back(elsewhere(work, 6ms));
  co_await gather(std::move(calls));
  co_await work.wait(1ms);
}

TEST(Permits, a_configured_limit_is_free_while_all_below_it_wait) {
  for (const std::size_t most : {1u, 2u}) {
    VirtualTime time;
    virtual_work work(time);
    const RunnableLambda step([&work](int number) -> awaitable<int> {
      std::vector<awaitable<void>> calls;
      for (int i = 0; i < number; ++i) calls.push_back(two_elsewhere(work));
      co_await gather(std::move(calls));
      co_await work.wait(1ms);
      co_return number;
    });
    EXPECT_EQ(time.run(step.with_config(RunConfig().max_concurrency(most)).ainvoke(3)), 3);
    EXPECT_LE(work.alive().peak, static_cast<int>(most));
  }
}

/// Has a long call open whose turn comes when all others wait.
awaitable<int> waits_beside_a_long_call(virtual_work& work) {
  std::vector<awaitable<int>> calls;
  calls.push_back(work.give(1, 1ms));
  calls.push_back(work.give(2, 1h));
  auto open = as_completed(std::move(calls));
  (void)co_await open.next();
  std::vector<awaitable<void>> waits;
  waits.push_back(elsewhere(work, 1h));
  co_await gather(std::move(waits));
  co_return 1;
}

TEST(Permits, a_cancelled_task_does_not_wait_for_its_own) {
  VirtualTime time;
  virtual_work work(time);
  const RunnableLambda step([&work](int) { return waits_beside_a_long_call(work); });
  std::vector<awaitable<int>> calls;
  calls.push_back(step.with_config(RunConfig().max_concurrency(1)).ainvoke(0));
  calls.push_back(work.fail("stop", 10ms));
  EXPECT_THROW(time.run(gather(std::move(calls))), std::runtime_error);
  EXPECT_EQ(work.now(), 10ms);
  EXPECT_EQ(work.alive().now, 0);
}

TEST(Permits, a_stream_that_left_its_run_ends_as_cancelled) {
  VirtualTime time;
  virtual_work work(time);
  std::optional<Completions<int>> kept;
  const RunnableLambda step([&](int) -> awaitable<int> {
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(work.give(i, 1ms));
    kept.emplace(as_completed(std::move(calls), {.max_concurrency = 1}));
    (void)co_await kept->next();
    co_return 1;
  });
  auto whole = [](Runnable<int, int> makes, std::optional<Completions<int>>& stream) -> awaitable<void> {
    const int answer = co_await makes.ainvoke(0);
    EXPECT_EQ(answer, 1);
    bool cancelled = false;
    try {
      for (;;) {
        const auto item = co_await stream->next();
        if (!item) break;
      }
    } catch (const CancelledError&) {
      cancelled = true;
    }
    EXPECT_TRUE(cancelled);
    stream.reset();
  };
  time.run(whole(step, kept));
}

awaitable<int> waits_and_works(virtual_work& work, std::chrono::milliseconds wait) {
  co_await elsewhere(work, wait);
  co_return co_await work.give(1, 10ms);
}

/// Works between the results of two children. When the first has ended there is no permit for this work yet,
/// because the second child has it.
awaitable<int> works_between_results(virtual_work& work) {
  std::vector<awaitable<int>> calls;
  calls.push_back(waits_and_works(work, 5ms));
  calls.push_back(waits_and_works(work, 6ms));
  auto done = as_completed(std::move(calls));
  int sum = 0;
  while (auto item = co_await done.next()) {
    sum += item->result.value();
    co_await work.wait(10ms);
  }
  co_return sum;
}

TEST(Permits, a_limit_in_a_task_bounds_what_returns_to_it) {
  VirtualTime time;
  virtual_work work(time);
  const RunnableLambda step([&work](int) { return works_between_results(work); });
  const auto limited = step.with_config(RunConfig().max_concurrency(1));
  const std::vector<int> inputs(1, 0);
  const auto answers = time.run(limited.abatch(inputs, {.max_concurrency = 4}));
  EXPECT_EQ(answers, std::vector<int>{2});
  EXPECT_EQ(work.alive().peak, 1);
}

// ---- two waits of one task at once

awaitable<void> gives_two_at_once(sender<int> out, virtual_work& work) {
  auto both = out.give(1) && out.give(2);
  co_await std::move(both);
  co_await work.wait(10ms);
}

TEST(Permits, a_task_waits_for_a_consumer_twice_at_once) {
  for (const std::size_t most : {1u, 2u}) {
    VirtualTime time;
    virtual_work work(time);
    auto task = [](virtual_work& w) -> awaitable<void> {
      merge_channel<int> all;
      all.add(gives_two_at_once(all.out(), w));
      int sum = 0;
      while (auto chunk = co_await all.next()) sum += *chunk;
      EXPECT_EQ(sum, 3);
    };
    std::vector<awaitable<void>> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(task(work));
    run_all(work, std::move(calls), most);
    EXPECT_EQ(work.alive().peak, static_cast<int>(most));
  }
}

TEST(Permits, a_task_that_waits_twice_releases_one_permit) {
  VirtualTime time;
  virtual_work work(time);
  auto task = [](virtual_work& w) -> awaitable<void> {
    auto both = elsewhere(w, 5ms) && elsewhere(w, 7ms);
    co_await std::move(both);
    co_await w.wait(10ms);
  };
  std::vector<awaitable<void>> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(task(work));
  run_all(work, std::move(calls), 2);
  EXPECT_EQ(work.alive().peak, 2);
}

TEST(Permits, a_waiting_task_does_not_return_its_childs_permit) {
  VirtualTime time;
  virtual_work work(time);
  auto task = [](virtual_work& w) -> awaitable<void> {
    std::vector<awaitable<void>> children;
    children.push_back(w.wait(20ms));
    auto both = gather(std::move(children)) && elsewhere(w, 5ms);
    co_await std::move(both);
  };
  std::vector<awaitable<void>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(task(work));
  run_all(work, std::move(calls), 1);
  EXPECT_EQ(work.alive().peak, 1);
  EXPECT_EQ(work.now(), 60ms);
}

// ---- children that continue although they were cancelled

awaitable<void> heeds_no_cancel(virtual_work& work) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await work.wait(2ms);
  co_await elsewhere(work, 5ms);
  co_await work.wait(10ms);
}

awaitable<void> fails(virtual_work& work) { co_await work.fail("on purpose", 1ms); }

TEST(Permits, a_cancelled_child_keeps_its_permit_to_its_end) {
  VirtualTime time;
  virtual_work work(time);
  auto task = [](virtual_work& w) -> awaitable<void> {
    std::vector<awaitable<void>> children;
    children.push_back(heeds_no_cancel(w));
    children.push_back(fails(w));
    EXPECT_THROW(co_await gather(std::move(children)), std::runtime_error);
  };
  std::vector<awaitable<void>> calls;
  calls.push_back(task(work));
  for (int i = 0; i < 3; ++i) calls.push_back(work.wait(20ms));
  run_all(work, std::move(calls), 2);
  EXPECT_EQ(work.alive().peak, 2);
}

// ---- no permit stays unused

awaitable<int> many(virtual_work& work, int count, std::size_t most) {
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < count; ++i) calls.push_back(work.give(1, 10ms));
  const auto values = co_await gather(std::move(calls), {.max_concurrency = most});
  co_return static_cast<int>(values.size());
}

TEST(Permits, free_permits_are_taken_while_another_limit_is_full) {
  VirtualTime time;
  virtual_work work(time);
  std::vector<awaitable<int>> calls;
  calls.push_back(many(work, 2, 1));  // its second child waits for the first
  calls.push_back(many(work, 5, 0));
  EXPECT_EQ(time.run(gather(std::move(calls), {.max_concurrency = 100})), (std::vector<int>{2, 5}));
  EXPECT_EQ(work.alive().peak, 1 + 5);
  EXPECT_EQ(work.now(), 20ms);
}

}  // namespace
}  // namespace corochain::permits_test
