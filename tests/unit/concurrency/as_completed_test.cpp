// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "support/run_on.hpp"
#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

namespace corochain::as_completed_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using test::wait_forever;
using testing::VirtualTime;
using namespace std::chrono_literals;

TEST(AsCompleted, gives_results_as_completed_with_their_index) {
  VirtualTime time;
  virtual_work work(time);
  auto order = [](virtual_work& w) -> awaitable<std::vector<std::size_t>> {
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < 5; ++i) calls.push_back(w.give(i * 10, 1ms * (5 - i)));
    auto done = as_completed(std::move(calls));
    std::vector<std::size_t> indices;
    while (auto item = co_await done.next()) {
      EXPECT_EQ(item->result.value(), static_cast<int>(item->index) * 10);
      indices.push_back(item->index);
    }
    auto after_the_end = co_await done.next();
    EXPECT_FALSE(after_the_end);
    co_return indices;
  };
  EXPECT_EQ(time.run(order(work)), (std::vector<std::size_t>{4, 3, 2, 1, 0}));
}

TEST(AsCompleted, leaves_no_timer_of_the_whole_when_all_have_ended) {
  asio::io_context loop;
  auto quick = []() -> awaitable<int> { co_return 1; };
  std::vector<awaitable<int>> calls;
  calls.push_back(quick());
  ConcurrencyOptions options;
  options.timeout = 1h;
  auto done = as_completed(std::move(calls), options);
  int taken = 0;
  auto read = [](Completions<int>& from, int& count) -> awaitable<void> {
    while (auto item = co_await from.next()) ++count;
  };
  asio::co_spawn(loop, read(done, taken), asio::detached);
  loop.poll();
  EXPECT_EQ(taken, 1);
  EXPECT_TRUE(loop.stopped()) << "the loop is kept from its end while the stream exists";
}

TEST(AsCompleted, failures_are_results_and_stop_nobody) {
  VirtualTime time;
  virtual_work work(time);
  auto count = [](virtual_work& w) -> awaitable<std::pair<int, int>> {
    std::vector<awaitable<int>> calls;
    calls.push_back(w.fail("a", 1ms));
    calls.push_back(w.give(1, 2ms));
    calls.push_back(w.fail("b", 3ms));
    auto done = as_completed(std::move(calls), {.max_concurrency = 1});
    std::pair<int, int> good_bad;
    while (auto item = co_await done.next()) ++(item->result ? good_bad.first : good_bad.second);
    co_return good_bad;
  };
  EXPECT_EQ(time.run(count(work)), std::pair(1, 2));
}

TEST(AsCompleted, destroyed_early_it_ends_its_children_soon_after) {
  VirtualTime time;
  virtual_work work(time);
  auto leave = [](virtual_work& w) -> awaitable<void> {
    {
      std::vector<awaitable<int>> calls;
      calls.push_back(w.give(1, 1ms));
      for (int i = 0; i < 10; ++i) calls.push_back(w.give(i, 1h));
      auto done = as_completed(std::move(calls));
      auto first = co_await done.next();
      EXPECT_EQ(first->result.value(), 1);
      EXPECT_EQ(w.alive().now, 10);
    }
    co_await w.time().sleep(1ms);
    EXPECT_EQ(w.alive().now, 0);
  };
  time.run(leave(work));
  EXPECT_EQ(work.now(), 2ms);
}

TEST(AsCompleted, close_waits_until_all_have_ended) {
  VirtualTime time;
  virtual_work work(time);
  auto close = [](virtual_work& w) -> awaitable<void> {
    std::vector<awaitable<int>> calls;
    calls.push_back(w.give(1, 1ms));
    for (int i = 0; i < 10; ++i) calls.push_back(w.give(i, 1h));
    auto done = as_completed(std::move(calls));
    auto first = co_await done.next();
    EXPECT_TRUE(first);
    co_await done.close();
    EXPECT_EQ(w.alive().now, 0);
    co_await done.close();  // the second call has nothing to do
    bool refused = false;
    try {
      auto item = co_await done.next();
    } catch (const ConfigError&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
  };
  time.run(close(work));
}

TEST(AsCompleted, never_asked_it_never_starts) {
  VirtualTime time;
  virtual_work work(time);
  auto idle = [](virtual_work& w) -> awaitable<void> {
    std::vector<awaitable<int>> calls;
    calls.push_back(w.give(1, 1ms));
    auto done = as_completed(std::move(calls));
    co_return;
  };
  time.run(idle(work));
  EXPECT_EQ(work.alive().peak, 0);
}

TEST(AsCompleted, after_its_time_each_call_gives_one_item) {
  auto stream = [](std::size_t most) -> awaitable<std::string> {
    auto at_once = []() -> awaitable<int> { co_return 5; };
    auto never = []() -> awaitable<int> {
      const asio::any_io_executor executor = co_await asio::this_coro::executor;
      asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
      co_await timer.async_wait(asio::use_awaitable);
      co_return 0;
    };
    std::vector<awaitable<int>> calls;
    calls.push_back(never());
    calls.push_back(at_once());
    calls.push_back(never());
    calls.push_back(at_once());
    auto done = as_completed(std::move(calls), {.max_concurrency = most, .timeout = 10ms});
    std::string answered, cut_off, unbegun;
    while (auto item = co_await done.next()) {
      const std::string index = std::to_string(item->index);
      if (item->result) {
        EXPECT_EQ(cut_off + unbegun, "");
        answered += index;
        continue;
      }
      EXPECT_EQ(item->result.error().kind(), ErrorKind::timeout);
      if (item->result.error().error()->details().phase == Phase::queued) {
        unbegun += index;
      } else {
        EXPECT_EQ(unbegun, "");
        cut_off += index;
      }
    }
    auto after_the_end = co_await done.next();
    EXPECT_FALSE(after_the_end);
    std::sort(cut_off.begin(), cut_off.end());
    co_return answered + " " + cut_off + " " + unbegun;
  };
  asio::io_context loop;
  for (const auto& [most, order] :
       {std::pair<std::size_t, std::string>{0, "13 02 "}, {2, "1 02 3"}, {1, " 0 123"}}) {
    EXPECT_EQ(run(stream(most)), order);
    EXPECT_EQ(test::run_on<std::string>(loop, stream(most)), order);
  }
}

TEST(AsCompleted, a_loop_destroyed_between_results_frees_all) {
  VirtualTime time;
  virtual_work work(time);
  {
    asio::io_context loop;
    auto caller = [](virtual_work& w) -> awaitable<void> {
      std::vector<awaitable<int>> calls;
      for (int i = 0; i < 4; ++i) calls.push_back(w.give(i, 1h));
      auto done = as_completed(std::move(calls), {.max_concurrency = 2});
      auto item = co_await done.next();
      EXPECT_FALSE(item);
    };
    asio::co_spawn(loop, caller(work), asio::detached);
    loop.poll();
    EXPECT_EQ(work.alive().now, 2);
  }
  EXPECT_EQ(work.alive().now, 0);
}

/// Whenever a cancel comes, even between a result and the consumer's turn: no child outlives the next().
TEST(AsCompleted, cancelled_at_every_step_it_waits_for_all_children) {
  for (int steps = 0; steps < 60; ++steps) {
    int alive = 0;
    int alive_when_thrown = -1;
    asio::io_context loop;
    asio::cancellation_signal signal;
    auto consume = [](int& count, int& at_throw) -> awaitable<void> {
      auto soon = []() -> awaitable<int> {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        co_await asio::post(executor, asio::use_awaitable);
        co_return 1;
      };
      std::vector<awaitable<int>> calls;
      for (int i = 0; i < 3; ++i) calls.push_back(soon());
      calls.push_back(wait_forever(count));
      auto done = as_completed(std::move(calls));
      try {
        while (auto item = co_await done.next()) EXPECT_TRUE(item->result);
      } catch (const CancelledError&) {
        at_throw = count;
        throw;
      }
    };
    std::exception_ptr error;
    asio::co_spawn(loop, consume(alive, alive_when_thrown),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
    for (int i = 0; i < steps; ++i) loop.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    loop.run();
    EXPECT_TRUE(error) << "after " << steps << " steps";
    EXPECT_LE(alive_when_thrown, 0) << "after " << steps << " steps";
    EXPECT_EQ(alive, 0);
  }
}

TEST(AsCompleted, close_during_a_next_is_refused) {
  VirtualTime time;
  virtual_work work(time);
  auto two = [](virtual_work& w) -> awaitable<int> {
    std::vector<awaitable<int>> calls;
    calls.push_back(w.give(7, 5ms));
    auto done = as_completed(std::move(calls));
    int value = 0;
    auto consume = [](Completions<int>& stream, int& out) -> awaitable<void> {
      auto item = co_await stream.next();
      out = item->result.value();
    };
    auto close = [](Completions<int>& stream, virtual_work& during) -> awaitable<void> {
      co_await during.time().sleep(1ms);
      bool refused = false;
      try {
        co_await stream.close();
      } catch (const ConfigError&) {
        refused = true;
      }
      EXPECT_TRUE(refused);
    };
    auto both = gather(consume(done, value), close(done, w));
    co_await std::move(both);
    co_return value;
  };
  EXPECT_EQ(time.run(two(work)), 7);
}

}  // namespace
}  // namespace corochain::as_completed_test
