// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <corochain/corochain.hpp>
#include <random>

#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

namespace corochain::race_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using test::wait_forever;
using testing::VirtualTime;
using namespace std::chrono_literals;

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

awaitable<int> refuse(virtual_work& work, ErrorKind kind, std::string text, std::chrono::milliseconds after) {
  co_await work.wait(after);
  throw_error(kind, std::move(text));
}

TEST(Race, first_success_wins_and_the_losers_have_ended) {
  VirtualTime time;
  virtual_work work(time);
  auto fastest = [](virtual_work& w) -> awaitable<int> {
    const int winner = co_await race(w.give(1, 1h), w.give(2, 5ms), w.give(3, 2h));
    EXPECT_EQ(w.alive().now, 0);
    co_return winner;
  };
  EXPECT_EQ(time.run(fastest(work)), 2);
  EXPECT_EQ(work.now(), 5ms);
  EXPECT_EQ(work.alive().peak, 3);
}

TEST(Race, of_one_is_that_one) {
  VirtualTime time;
  virtual_work work(time);
  EXPECT_EQ(time.run(race(work.give(1, 1ms))), 1);
  EXPECT_THROW(time.run(race(work.fail("only", 1ms))), std::runtime_error);
}

TEST(Race, without_values) {
  VirtualTime time;
  virtual_work work(time);
  time.run(race(work.wait(3ms), work.wait(1h)));
  EXPECT_EQ(work.now(), 3ms);
  EXPECT_EQ(work.alive().now, 0);
}

TEST(Race, gives_values_that_can_only_be_moved) {
  auto made = [](int value) -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(value); };
  EXPECT_EQ(*run(race(made(4), made(4))), 4);
}

TEST(Race, failures_before_a_success_do_not_matter) {
  VirtualTime time;
  virtual_work work(time);
  EXPECT_EQ(time.run(race(work.fail("a", 1ms), work.give(7, 5ms), work.fail("b", 2ms))), 7);
}

TEST(Race, when_all_fail_the_last_has_the_earlier_ones) {
  VirtualTime time;
  virtual_work work(time);
  try {
    time.run(race(refuse(work, ErrorKind::server, "third", 3ms), work.fail("first", 1ms),
                  refuse(work, ErrorKind::rate_limit, "second", 2ms)));
    FAIL();
  } catch (const ServerError& error) {
    EXPECT_STREQ(error.what(), "third");
    ASSERT_EQ(error.earlier().size(), 2u);
    EXPECT_EQ(text_of(error.earlier()[0]), "first");
    EXPECT_EQ(text_of(error.earlier()[1]), "second");
  }
}

TEST(Race, a_last_foreign_exception_has_all_attached) {
  VirtualTime time;
  virtual_work work(time);
  try {
    time.run(race(refuse(work, ErrorKind::server, "first", 1ms), work.fail("last", 2ms)));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::other);
    ASSERT_EQ(error.earlier().size(), 2u);
    EXPECT_EQ(text_of(error.earlier()[1]), "last");
  }
}

TEST(Race, call_that_ends_as_cancelled_by_itself_has_failed) {
  VirtualTime time;
  virtual_work work(time);
  EXPECT_EQ(time.run(race(refuse(work, ErrorKind::cancelled, "own", 1ms), work.give(3, 2ms))), 3);
  EXPECT_THROW(time.run(race(refuse(work, ErrorKind::cancelled, "own", 1ms))), CancelledError);
}

TEST(Race, without_calls_is_a_mistake) {
  EXPECT_THROW(run(race(std::vector<awaitable<int>>())), ConfigError);
}

TEST(Race, max_concurrency_starts_the_next_after_a_failure) {
  VirtualTime time;
  virtual_work work(time);
  std::vector<awaitable<int>> calls;
  calls.push_back(work.fail("a", 2ms));
  calls.push_back(work.give(5, 10ms));
  calls.push_back(work.give(6, 1ms));
  EXPECT_EQ(time.run(race(std::move(calls), {.max_concurrency = 1})), 5);
  EXPECT_EQ(work.alive().peak, 1);
  EXPECT_EQ(work.now(), 12ms);
}

TEST(Race, counts_in_the_budget_around) {
  VirtualTime time;
  virtual_work work(time);
  auto outer = [](virtual_work& w) -> awaitable<std::vector<int>> {
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(race(w.fail("x", 1ms), w.give(i, 1ms), w.give(9, 1h)));
    const auto values = co_await gather(std::move(calls), {.max_concurrency = 2});
    co_return values;
  };
  EXPECT_EQ(time.run(outer(work)), (std::vector<int>{0, 1, 2}));
  EXPECT_LE(work.alive().peak, 2);
}

TEST(Race, a_timeout_fails_what_runs_and_what_waits) {
  for (const std::size_t most : {0u, 1u}) {
    int alive = 0;
    auto failing = []() -> awaitable<int> {
      throw std::runtime_error("early");
      co_return 0;
    };
    std::vector<awaitable<int>> calls;
    calls.push_back(failing());
    calls.push_back(wait_forever(alive));
    calls.push_back(wait_forever(alive));
    try {
      run(race(std::move(calls), {.max_concurrency = most, .timeout = 5ms}));
      FAIL();
    } catch (const TimeoutError& error) {
      EXPECT_EQ(error.phase(), Phase::batch);
      ASSERT_EQ(error.earlier().size(), 2u);
      EXPECT_EQ(text_of(error.earlier()[0]), "early");
    }
    EXPECT_EQ(alive, 0);
  }
}

TEST(Race, cancelled_at_any_step_it_waits_for_all_and_says_so) {
  for (int steps = 0; steps < 20; ++steps) {
    int alive = 0;
    int alive_when_thrown = -1;
    asio::io_context loop;
    asio::cancellation_signal signal;
    std::exception_ptr error;
    auto call = [](int& count, int& at_throw) -> awaitable<void> {
      try {
        co_await race(wait_forever(count), wait_forever(count));
      } catch (const boost::system::system_error& e) {
        EXPECT_TRUE(e.code() == ErrorCondition::cancelled) << e.what();
        at_throw = count;
        throw;
      }
    };
    asio::co_spawn(loop, call(alive, alive_when_thrown),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
    for (int i = 0; i < steps; ++i) loop.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    loop.run();
    EXPECT_TRUE(error) << steps;
    EXPECT_LE(alive_when_thrown, 0) << steps;
    EXPECT_EQ(alive, 0);
  }
}

/// The winner is always one of the fastest successes, whatever the other calls do.
TEST(Race, property_random_races) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    VirtualTime time;
    virtual_work work(time);
    std::vector<awaitable<int>> calls;
    int best = -1;
    const int count = 1 + static_cast<int>(random() % 6);
    for (int i = 0; i < count; ++i) {
      const int length = static_cast<int>(random() % 20);
      const bool succeeds = random() % 2 == 0;
      if (succeeds && (best < 0 || length < best)) best = length;
      calls.push_back(succeeds ? work.give(length, std::chrono::milliseconds(length))
                               : work.fail("failed", std::chrono::milliseconds(length)));
    }
    if (best < 0) {
      EXPECT_ANY_THROW(time.run(race(std::move(calls))));
    } else {
      EXPECT_EQ(time.run(race(std::move(calls))), best);
      EXPECT_EQ(work.now(), std::chrono::milliseconds(best));
    }
    EXPECT_EQ(work.alive().now, 0);
  }
}

}  // namespace
}  // namespace corochain::race_test
