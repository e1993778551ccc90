// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/virtual_time.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "corochain/concurrency/gather.hpp"
#include "corochain/core/error.hpp"

namespace corochain::testing::virtual_time_test {
namespace {

using namespace std::chrono_literals;
using numbers = std::vector<int>;

/// Sleeps, then records its number.
awaitable<void> note_after(VirtualTime time, VirtualTime::duration wait, int number,
                           std::shared_ptr<numbers> log) {
  co_await time.sleep(wait);
  log->push_back(number);
}

awaitable<int> answer_after(VirtualTime time, VirtualTime::duration wait, int answer) {
  co_await time.sleep(wait);
  co_return answer;
}

awaitable<int> fail_after(VirtualTime time, VirtualTime::duration wait) {
  co_await time.sleep(wait);
  throw std::out_of_range("failed in time");
}

TEST(virtual_time, lets_days_pass_at_once) {
  const VirtualTime time;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(time.run(answer_after(time, 24h * 365, 7)), 7);
  EXPECT_EQ(time.now(), 24h * 365);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 1min);
}

TEST(virtual_time, stands_still_while_nobody_sleeps) {
  const VirtualTime time;
  EXPECT_EQ(time.now(), 0s);
  time.run([]() -> awaitable<void> {
    const auto here = co_await boost::asio::this_coro::executor;
    for (int i = 0; i < 10; ++i) co_await boost::asio::post(here, boost::asio::use_awaitable);
  }());
  EXPECT_EQ(time.now(), 0s);
}

TEST(virtual_time, goes_on_from_run_to_run_and_is_shared_by_copies) {
  const VirtualTime time;
  const VirtualTime copy = time;
  time.run(answer_after(copy, 1h, 0));
  copy.run(answer_after(time, 30min, 0));
  EXPECT_EQ(time.now(), 90min);
  EXPECT_EQ(copy.now(), 90min);
}

TEST(virtual_time, wakes_sleepers_in_the_order_in_which_they_are_due) {
  const VirtualTime time;
  const auto log = std::make_shared<numbers>();
  std::vector<awaitable<void>> calls;
  for (const int hours : {3, 1, 4, 2})
    calls.push_back(note_after(time, std::chrono::hours(hours), hours, log));
  time.run(gather(std::move(calls)));
  EXPECT_EQ(*log, (numbers{1, 2, 3, 4}));
  EXPECT_EQ(time.now(), 4h);
}

TEST(virtual_time, wakes_sleepers_due_together_in_their_order) {
  const VirtualTime time;
  const auto log = std::make_shared<numbers>();
  std::vector<awaitable<void>> calls;
  numbers expected;
  for (int number = 0; number < 20; ++number) {
    calls.push_back(note_after(time, 1h, number, log));
    expected.push_back(number);
  }
  time.run(gather(std::move(calls)));
  EXPECT_EQ(*log, expected);
  EXPECT_EQ(time.now(), 1h);
}

TEST(virtual_time, counts_from_when_a_sleeper_fell_asleep) {
  const VirtualTime time;
  const auto log = std::make_shared<numbers>();
  const auto in_two_steps = [](VirtualTime clock, std::shared_ptr<numbers> notes) -> awaitable<void> {
    co_await clock.sleep(1h);
    co_await clock.sleep(1h);
    notes->push_back(2);
  };
  std::vector<awaitable<void>> calls;
  calls.push_back(in_two_steps(time, log));
  calls.push_back(note_after(time, 90min, 1, log));
  calls.push_back(note_after(time, 121min, 3, log));
  time.run(gather(std::move(calls)));
  EXPECT_EQ(*log, (numbers{1, 2, 3}));
  EXPECT_EQ(time.now(), 121min);
}

TEST(virtual_time, does_not_move_for_sleeps_of_nothing) {
  const VirtualTime time;
  EXPECT_EQ(time.run(answer_after(time, 0s, 1)), 1);
  EXPECT_EQ(time.run(answer_after(time, -1h, 2)), 2);
  EXPECT_EQ(time.now(), 0s);
}

TEST(virtual_time, passes_exceptions_on) {
  const VirtualTime time;
  EXPECT_THROW(time.run(fail_after(time, 1h)), std::out_of_range);
  EXPECT_EQ(time.now(), 1h);
}

TEST(virtual_time, wakes_a_sleeper_that_is_cancelled_without_moving) {
  const VirtualTime time;
  const auto cancelled = std::make_shared<int>(0);
  const auto sleeper = [](VirtualTime clock, std::shared_ptr<int> count) -> awaitable<int> {
    try {
      co_await clock.sleep(10h);
    } catch (const CancelledError&) {
      ++*count;
      throw;
    }
    co_return 0;
  };
  std::vector<awaitable<int>> calls;
  calls.push_back(sleeper(time, cancelled));
  calls.push_back(fail_after(time, 1s));
  calls.push_back(sleeper(time, cancelled));
  EXPECT_THROW(time.run(gather(std::move(calls))), std::out_of_range);
  EXPECT_EQ(*cancelled, 2);
  EXPECT_EQ(time.now(), 1s);
  EXPECT_EQ(time.run(answer_after(time, 1h, 5)), 5);  // nobody of before is left asleep
  EXPECT_EQ(time.now(), 1h + 1s);
}

TEST(virtual_time, refuses_to_wait_for_what_never_comes) {
  const VirtualTime time;
  EXPECT_THROW(time.run([]() -> awaitable<void> {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer never(here, boost::asio::steady_timer::time_point::max());
    co_await never.async_wait(boost::asio::use_awaitable);
  }()),
               std::logic_error);
  EXPECT_EQ(time.run(answer_after(time, 1h, 5)), 5);
}

TEST(virtual_time, destroys_what_it_gives_up_on) {
  const VirtualTime time;
  const auto held = std::make_shared<numbers>();
  const auto never = [](std::shared_ptr<numbers> log) -> awaitable<void> {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(here, boost::asio::steady_timer::time_point::max());
    co_await timer.async_wait(boost::asio::use_awaitable);
    log->push_back(1);
  };
  std::vector<awaitable<void>> calls;
  calls.push_back(never(held));
  calls.push_back(note_after(time, 1h, 2, held));
  calls.push_back(never(held));
  EXPECT_THROW(time.run(gather(std::move(calls))), std::logic_error);
  EXPECT_EQ(*held, (numbers{2}));
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace corochain::testing::virtual_time_test
