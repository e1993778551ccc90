// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <stdexcept>

#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

namespace corochain::gather_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using test::wait_forever;
using testing::VirtualTime;
using namespace std::chrono_literals;

TEST(Gather, keeps_input_order_whatever_ends_first) {
  VirtualTime time;
  virtual_work work(time);
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 50; ++i) calls.push_back(work.give(i, 1ms * ((i * 37) % 50)));
  const auto values = time.run(gather(std::move(calls)));
  ASSERT_EQ(values.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(work.now(), 49ms);
  EXPECT_EQ(work.alive().peak, 50);
}

TEST(Gather, of_nothing_is_nothing) {
  VirtualTime time;
  EXPECT_TRUE(time.run(gather(std::vector<awaitable<int>>())).empty());
  EXPECT_TRUE(time.run(gather_results(std::vector<awaitable<int>>())).empty());
}

TEST(Gather, takes_mixed_types_and_void) {
  VirtualTime time;
  virtual_work work(time);
  auto text = []() -> awaitable<std::string> { co_return "text"; };
  const auto values = time.run(gather(work.give(7, 3ms), text(), work.wait(1ms)));
  EXPECT_EQ(std::get<0>(values), 7);
  EXPECT_EQ(std::get<1>(values), "text");
  EXPECT_EQ(std::get<2>(values), std::monostate());
  EXPECT_EQ(work.now(), 3ms);
}

TEST(Gather, takes_a_vector_of_void) {
  VirtualTime time;
  virtual_work work(time);
  std::vector<awaitable<void>> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(work.wait(2ms));
  time.run(gather(std::move(calls)));
  EXPECT_EQ(work.now(), 2ms);
}

TEST(Gather, first_failure_cancels_the_rest_and_waits_for_it) {
  VirtualTime time;
  virtual_work work(time);
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 10; ++i) calls.push_back(work.give(i, 1h));
  calls.push_back(work.fail("broken", 5ms));
  try {
    time.run(gather(std::move(calls)));
    FAIL() << "did not throw";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "broken");
    EXPECT_EQ(work.alive().now, 0);  // all frames were destroyed before gather threw
    EXPECT_EQ(work.now(), 5ms);
  }
}

TEST(Gather, first_failure_in_time_is_the_one_thrown) {
  VirtualTime time;
  virtual_work work(time);
  std::vector<awaitable<int>> calls;
  calls.push_back(work.fail("late", 9ms));
  calls.push_back(work.fail("early", 3ms));
  try {
    time.run(gather(std::move(calls)));
    FAIL() << "did not throw";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "early");
  }
}

TEST(Gather, results_hold_failures_and_cancel_nobody) {
  VirtualTime time;
  virtual_work work(time);
  std::vector<awaitable<int>> calls;
  calls.push_back(work.fail("broken", 1ms));
  calls.push_back(work.give(1, 5ms));
  calls.push_back(work.give(2, 2ms));
  const auto results = time.run(gather_results(std::move(calls)));
  ASSERT_EQ(results.size(), 3u);
  EXPECT_THROW((void)results[0].value(), std::runtime_error);
  EXPECT_EQ(results[0].error().message(), "broken");
  EXPECT_EQ(results[1].value(), 1);
  EXPECT_EQ(results[2].value(), 2);
}

TEST(Gather, a_child_that_cancels_itself_is_a_failure) {
  VirtualTime time;
  virtual_work work(time);
  auto cancelled = []() -> awaitable<int> {
    throw CancelledError("by itself");
    co_return 0;
  };
  std::vector<awaitable<int>> calls;
  calls.push_back(cancelled());
  calls.push_back(work.give(1, 5ms));
  const auto results = time.run(gather_results(std::move(calls)));
  EXPECT_EQ(results[0].error().kind(), ErrorKind::cancelled);
  EXPECT_EQ(results[1].value(), 1);
}

TEST(Gather, max_concurrency_is_kept_and_used) {
  for (const std::size_t most : {1u, 2u, 7u, 100u}) {
    VirtualTime time;
    virtual_work work(time);
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < 20; ++i) calls.push_back(work.give(i, 10ms));
    const auto values = time.run(gather(std::move(calls), {.max_concurrency = most}));
    EXPECT_EQ(values.size(), 20u);
    EXPECT_EQ(work.alive().peak, static_cast<int>(std::min<std::size_t>(most, 20)));
    EXPECT_EQ(work.now(), 10ms * static_cast<int>((20 + most - 1) / most));
  }
}

/// Slot i holds the result of input i under random delays and failures.
TEST(Gather, property_slot_comes_from_its_input) {
  std::mt19937 random(20240607);
  for (int round = 0; round < 300; ++round) {
    VirtualTime time;
    virtual_work work(time);
    const int count = static_cast<int>(random() % 40);
    const std::size_t most = random() % 9;
    std::vector<bool> fails;
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < count; ++i) {
      const auto after = std::chrono::milliseconds(random() % 20);
      fails.push_back(random() % 4 == 0);
      calls.push_back(fails.back() ? work.fail(std::to_string(i), after) : work.give(i, after));
    }
    const auto results = time.run(gather_results(std::move(calls), {.max_concurrency = most}));
    ASSERT_EQ(results.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const auto& result = results[static_cast<std::size_t>(i)];
      ASSERT_EQ(result.has_error(), fails[static_cast<std::size_t>(i)]) << "round " << round << " slot " << i;
      if (result)
        ASSERT_EQ(*result, i);
      else
        ASSERT_EQ(result.error().message(), std::to_string(i));
    }
    if (most > 0) {
      ASSERT_LE(work.alive().peak, static_cast<int>(most));
    }
    ASSERT_EQ(work.alive().now, 0);
  }
}

TEST(Gather, cancelled_by_the_caller_it_ends_all_first) {
  for (const bool results : {false, true}) {
    asio::io_context loop;
    asio::cancellation_signal signal;
    int alive = 0;
    int alive_at_end = -1;
    std::exception_ptr error;
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < 100; ++i) calls.push_back(wait_forever(alive));
    auto done = [&](std::exception_ptr e, auto) {
      error = e;
      alive_at_end = alive;
    };
    if (results)
      asio::co_spawn(loop, gather_results(std::move(calls)),
                     asio::bind_cancellation_slot(signal.slot(), done));
    else
      asio::co_spawn(loop, gather(std::move(calls)), asio::bind_cancellation_slot(signal.slot(), done));
    loop.poll();
    EXPECT_EQ(alive, 100);
    signal.emit(asio::cancellation_type::terminal);
    loop.run();
    EXPECT_EQ(alive_at_end, 0);
    ASSERT_TRUE(error);
    EXPECT_THROW(std::rethrow_exception(error), CancelledError);
  }
}

TEST(Gather, cancelled_before_it_starts_it_never_starts) {
  asio::io_context loop;
  asio::cancellation_signal signal;
  int alive = 0;
  std::exception_ptr error;
  std::vector<awaitable<int>> calls;
  calls.push_back(wait_forever(alive));
  asio::co_spawn(loop, gather(std::move(calls)),
                 asio::bind_cancellation_slot(signal.slot(), [&](auto e, auto) { error = e; }));
  signal.emit(asio::cancellation_type::terminal);
  loop.run();
  ASSERT_TRUE(error);
  EXPECT_EQ(alive, 0);
}

TEST(Gather, total_cancellation_is_passed_on_if_allowed) {
  asio::io_context loop;
  asio::cancellation_signal signal;
  int alive = 0;
  std::exception_ptr error;
  auto caller = [](int& count) -> awaitable<void> {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(wait_forever(count));
    co_await gather(std::move(calls));
  };
  asio::co_spawn(loop, caller(alive),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
  loop.poll();
  EXPECT_EQ(alive, 3);
  signal.emit(asio::cancellation_type::total);
  loop.run();
  EXPECT_EQ(alive, 0);
  ASSERT_TRUE(error);
}

TEST(Gather, a_loop_destroyed_with_children_frees_all) {
  int alive = 0;
  {
    asio::io_context loop;
    auto caller = [](int& count) -> awaitable<void> {
      std::vector<awaitable<std::vector<int>>> outer;
      for (int k = 0; k < 3; ++k) {
        std::vector<awaitable<int>> calls;
        for (int i = 0; i < 3; ++i) calls.push_back(wait_forever(count));
        outer.push_back(gather(std::move(calls)));
      }
      co_await gather(std::move(outer), {.max_concurrency = 2});
    };
    asio::co_spawn(loop, caller(alive), asio::detached);
    loop.poll();
    EXPECT_GT(alive, 0);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Gather, timeout_of_the_whole_cancels_and_names_itself) {
  int alive = 0;
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(wait_forever(alive));
  try {
    run(gather(std::move(calls), {.timeout = 5ms}));
    FAIL() << "did not throw";
  } catch (const TimeoutError& error) {
    EXPECT_EQ(error.phase(), Phase::batch);
    EXPECT_EQ(alive, 0);
  }
}

TEST(Gather, timeout_of_results_is_stored_in_each_item_it_hits) {
  int alive = 0;
  std::vector<awaitable<int>> calls;
  auto at_once = []() -> awaitable<int> { co_return 5; };
  calls.push_back(at_once());
  for (int i = 0; i < 3; ++i) calls.push_back(wait_forever(alive));
  const auto results = run(gather_results(std::move(calls), {.max_concurrency = 2, .timeout = 5ms}));
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[0].value(), 5);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(results[i].error().kind(), ErrorKind::timeout);
  EXPECT_EQ(alive, 0);
}

TEST(Gather, timeout_of_results_leaves_failures_of_their_own) {
  int alive = 0;
  auto spoiled = [](int& count) -> awaitable<int> {
    try {
      co_return co_await wait_forever(count);
    } catch (const boost::system::system_error&) {
      throw std::out_of_range("while it ended");
    }
  };
  std::vector<awaitable<int>> calls;
  calls.push_back(spoiled(alive));
  calls.push_back(wait_forever(alive));
  const auto results = run(gather_results(std::move(calls), {.timeout = 5ms}));
  EXPECT_EQ(results.at(0).error().message(), "while it ended");
  EXPECT_EQ(results.at(1).error().kind(), ErrorKind::timeout);
}

}  // namespace
}  // namespace corochain::gather_test
