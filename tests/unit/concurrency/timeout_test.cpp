// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>

#include "concurrency/deadline.hpp"
#include "support/wait_forever.hpp"

namespace corochain::timeout_test {
namespace {
namespace asio = boost::asio;
using test::wait_forever;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

awaitable<std::string> text(std::string value) { co_return value; }
awaitable<void> mark(bool& begun) {
  begun = true;
  co_return;
}
awaitable<std::optional<steady::time_point>> deadline_below() { return run_deadline(); }

TEST(Timeout, gives_the_value_that_is_in_time) {
  EXPECT_EQ(run(timeout(1min, text("in time"))), "in time");
  bool begun = false;
  run(timeout(1min, mark(begun)));
  EXPECT_TRUE(begun);
}

TEST(Timeout, when_over_the_call_has_ended_in_phase_run) {
  int alive = 0;
  auto call = [](int& count) -> awaitable<int> {
    try {
      co_return co_await timeout(5ms, wait_forever(count));
    } catch (const TimeoutError& error) {
      EXPECT_EQ(error.phase(), Phase::run);
      EXPECT_EQ(count, 0) << "it is thrown when the call has ended";
      co_return -1;
    }
  };
  EXPECT_EQ(run(call(alive)), -1);
}

TEST(Timeout, of_nothing_does_not_begin_the_call) {
  for (const auto limit : {steady::duration(0ms), steady::duration(-1s), steady::duration::min()}) {
    bool begun = false;
    EXPECT_THROW(run(timeout(limit, mark(begun))), TimeoutError);
    EXPECT_FALSE(begun);
  }
}

TEST(Timeout, of_a_deadline_long_past_does_not_begin_the_call) {
  for (const auto past : {steady::time_point::min(), steady::time_point(), steady::now() - 1ns}) {
    bool begun = false;
    EXPECT_THROW(run(detail::with_deadline(past, Phase::connect, mark(begun))), TimeoutError);
    EXPECT_FALSE(begun);
  }
}

TEST(Timeout, without_end_is_none) {
  EXPECT_FALSE(run(timeout(steady::duration::max(), deadline_below())));
  EXPECT_EQ(run(timeout(steady::duration::max(), text("no limit"))), "no limit");
  EXPECT_EQ(run(timeout(steady::duration::max() - 1s, text("too far for the clock"))),
            "too far for the clock");
}

TEST(Timeout, is_a_deadline_below_and_the_earlier_one_holds) {
  const auto before = steady::now();
  auto found = run(timeout(1h, deadline_below()));
  ASSERT_TRUE(found);
  EXPECT_GE(*found, before + 1h);
  EXPECT_LE(*found, steady::now() + 1h);
  found = run(timeout(1h, timeout(2h, deadline_below())));
  ASSERT_TRUE(found);
  EXPECT_LE(*found, steady::now() + 1h);
  found = run(timeout(2h, timeout(1h, deadline_below())));
  ASSERT_TRUE(found);
  EXPECT_LE(*found, steady::now() + 1h);
}

TEST(Timeout, failure_and_cancel_of_the_call_pass_unchanged) {
  auto fails = []() -> awaitable<int> {
    throw std::out_of_range("own");
    co_return 0;
  };
  EXPECT_THROW(run(timeout(1min, fails())), std::out_of_range);
  auto cancelled = []() -> awaitable<int> {
    throw CancelledError("own cancel");
    co_return 0;
  };
  try {
    run(timeout(1min, cancelled()));
    FAIL();
  } catch (const CancelledError& error) {
    EXPECT_STREQ(error.what(), "own cancel");
  }
}

TEST(Timeout, of_an_inner_limit_passes_unchanged) {
  int alive = 0;
  auto call = [](int& count) -> awaitable<int> {
    try {
      co_return co_await timeout(1ms, wait_forever(count));
    } catch (const TimeoutError&) {
      ErrorDetails details;
      details.phase = Phase::first_byte;
      throw TimeoutError("inner", std::move(details));
    }
  };
  try {
    run(timeout(1min, call(alive)));
    FAIL();
  } catch (const TimeoutError& error) {
    EXPECT_EQ(error.phase(), Phase::first_byte);
  }
  std::vector<awaitable<int>> calls;
  calls.push_back(wait_forever(alive));
  try {
    run(timeout(1min, gather(std::move(calls), {.timeout = 1ms})));
    FAIL();
  } catch (const TimeoutError& error) {
    EXPECT_EQ(error.phase(), Phase::batch) << "the inner one's";
  }
}

TEST(Timeout, of_the_outer_limit_is_the_outer_ones) {
  int alive = 0;
  std::vector<awaitable<int>> calls;
  calls.push_back(timeout(1min, wait_forever(alive)));
  try {
    run(timeout(1ms, gather(std::move(calls), {.timeout = 1min})));
    FAIL();
  } catch (const TimeoutError& error) {
    EXPECT_EQ(error.phase(), Phase::run);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Timeout, a_call_may_end_in_its_own_way_after_the_cancel) {
  int alive = 0;
  auto rescued = [](int& count) -> awaitable<std::string> {
    try {
      co_await wait_forever(count);
    } catch (const boost::system::system_error&) {
    }
    co_return "saved";
  };
  EXPECT_EQ(run(timeout(1ms, rescued(alive))), "saved");
  auto spoiled = [](int& count) -> awaitable<std::string> {
    try {
      co_await wait_forever(count);
    } catch (const boost::system::system_error&) {
    }
    throw std::out_of_range("while it ended");
  };
  EXPECT_THROW(run(timeout(1ms, spoiled(alive))), std::out_of_range);
}

TEST(Timeout, a_cancel_from_outside_cancels_the_call) {
  for (int steps = 0; steps < 12; ++steps) {
    int alive = 0;
    asio::io_context loop;
    asio::cancellation_signal signal;
    std::exception_ptr error;
    auto call = [](int& count) -> awaitable<void> { co_await timeout(1h, wait_forever(count)); };
    asio::co_spawn(loop, call(alive),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
    for (int i = 0; i < steps; ++i) loop.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    loop.run();
    ASSERT_TRUE(error) << steps;
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
      EXPECT_TRUE(e.code() == ErrorCondition::cancelled) << e.what();
    }
    EXPECT_EQ(alive, 0);
  }
}

using seen_below = std::pair<std::optional<steady::time_point>, bool>;  // the deadline, and whether in a run
awaitable<seen_below> look() {
  seen_below seen;
  seen.first = co_await run_deadline();
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
  seen.second = detail::in_run(here);
  co_return seen;
}
Completions<seen_below> looks(std::size_t most) {
  std::vector<awaitable<seen_below>> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(look());
  return as_completed(std::move(calls), {.max_concurrency = most});
}

TEST(Timeout, of_one_chunk_is_not_the_streams) {
  auto read = []() -> awaitable<int> {
    auto done = looks(1);
    int count = 0;
    for (;;) {
      auto next = count % 2 == 0 ? timeout(1h, timeout(2h, done.next())) : done.next();
      auto item = co_await std::move(next);
      if (!item) co_return count;
      EXPECT_FALSE(item->result.value().first);
      EXPECT_TRUE(item->result.value().second) << item->index;
      ++count;
    }
  };
  EXPECT_EQ(run(read()), 5);
  EXPECT_EQ(run(timeout(steady::duration::max(), read())), 5);
  asio::io_context loop;
  int outside = 0;
  asio::co_spawn(loop, read(), [&](std::exception_ptr error, int count) { outside = error ? -1 : count; });
  loop.run();
  EXPECT_EQ(outside, 5);
  for (const std::size_t most : {1u, 2u}) {
    std::vector<awaitable<int>> readers;
    for (int i = 0; i < 3; ++i) readers.push_back(read());
    EXPECT_EQ(run(gather(std::move(readers), {.max_concurrency = most})), std::vector<int>(3, 5));
  }
}

TEST(Timeout, of_one_chunk_leaves_the_stream_in_its_run) {
  auto read = []() -> awaitable<int> {
    auto done = looks(0);
    int count = 0;
    for (;;) {
      auto next = timeout(2h, done.next());
      auto item = co_await std::move(next);
      if (!item) co_return count;
      EXPECT_TRUE(item->result.value().first) << "the run's deadline holds for the stream that it made";
      ++count;
    }
  };
  EXPECT_EQ(run(timeout(1h, read())), 5);
}

TEST(Timeout, is_that_of_a_stream_made_below_it) {
  auto read = []() -> awaitable<void> {
    auto done = looks(0);
    while (auto item = co_await done.next()) EXPECT_TRUE(item->result.value().first);
  };
  run(timeout(1h, read()));
}

TEST(Timeout, holds_within_a_budget_of_one) {
  int alive = 0;
  auto task = [](int& count) -> awaitable<int> {
    try {
      co_return co_await timeout(2ms, timeout(1h, wait_forever(count)));
    } catch (const TimeoutError&) {
      co_return 1;
    }
  };
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(task(alive));
  EXPECT_EQ(run(gather(std::move(calls), {.max_concurrency = 1})), (std::vector<int>{1, 1, 1}));
}

}  // namespace
}  // namespace corochain::timeout_test
