// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <future>
#include <string>

#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

namespace corochain::until_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

constexpr const char* stopped = "the call was stopped: the stop that was given to until() has come";

struct UntilTest : ::testing::Test {
  VirtualTime time;
  virtual_work work{time};

  /// Calls that take 1, 2, ... hours.
  std::vector<awaitable<int>> hours(int count) {
    std::vector<awaitable<int>> calls;
    for (int i = 1; i <= count; ++i) calls.push_back(work.give(i, i * 1h));
    return calls;
  }
  std::chrono::minutes elapsed() const {
    return std::chrono::duration_cast<std::chrono::minutes>(work.now());
  }
};

awaitable<int> give(int value) { co_return value; }
awaitable<int> broken(std::string text) {
  throw std::out_of_range(text);
  co_return 0;
}
/// A call that begins is noted.
awaitable<void> note(bool& begun) {
  begun = true;
  co_return;
}

TEST_F(UntilTest, gives_the_value_and_cancels_the_stop) {
  EXPECT_EQ(time.run(until(work.give(7, 1h), work.wait(2h))), 7);
  EXPECT_EQ(elapsed(), 60min);
  EXPECT_EQ(work.alive().now, 0);
  time.run(until(work.wait(1h), work.give(1, 2h)));
  EXPECT_EQ(elapsed(), 120min);
}

TEST_F(UntilTest, of_a_call_that_throws_does_not_wait_for_the_stop) {
  try {
    time.run(until(work.fail("work failed", 1min), work.wait(2h)));
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "work failed");
  }
  EXPECT_EQ(elapsed(), 1min);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_THROW(time.run(until(broken("at once"), work.wait(2h))), std::out_of_range);
  EXPECT_EQ(elapsed(), 1min);
}

TEST_F(UntilTest, ends_a_call_as_cancelled_with_the_reason) {
  try {
    time.run(until(work.give(7, 2h), work.give(1, 1h)));
    FAIL();
  } catch (const CancelledError& error) {
    EXPECT_STREQ(error.what(), stopped);
    EXPECT_EQ(error.signal(), 0);
  }
  EXPECT_EQ(elapsed(), 60min);
  EXPECT_EQ(work.alive().now, 0);
}

TEST_F(UntilTest, gather_results_keeps_what_is_done) {
  const auto results =
      time.run(until(gather_results(hours(5), {.max_concurrency = 2}), work.wait(3h + 30min)));
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0].value(), 1);
  EXPECT_EQ(results[1].value(), 2);
  for (std::size_t i = 2; i < 5; ++i) {  // two that ran, and one that had not begun
    EXPECT_EQ(results[i].error().kind(), ErrorKind::cancelled);
    EXPECT_EQ(results[i].error().message(), stopped);
  }
  EXPECT_EQ(elapsed(), 210min);
  EXPECT_EQ(work.alive().now, 0);
}

TEST_F(UntilTest, keeps_the_failures_and_late_values_of_calls) {
  auto late = []() -> awaitable<int> {
    co_await asio::this_coro::throw_if_cancelled(false);
    int alive = 0;
    try {
      co_await test::wait_forever(alive);
    } catch (const boost::system::system_error&) {
    }
    co_return 5;
  };
  auto main = [](virtual_work& w, awaitable<int> last) -> awaitable<std::vector<Result<int>>> {
    std::vector<awaitable<int>> calls;
    calls.push_back(w.fail("its own", 1h));
    calls.push_back(std::move(last));
    co_return co_await until(gather_results(std::move(calls)), w.wait(2h));
  };
  const auto results = time.run(main(work, late()));
  EXPECT_EQ(results[0].error().message(), "its own");
  EXPECT_EQ(results[1].value(), 5);
}

TEST_F(UntilTest, batches_and_queries_keep_what_is_done) {
  const auto chain = RunnableLambda([this](int hours) { return work.give(hours, hours * 1h); });
  const std::vector<int> inputs{1, 9, 1, 9, 9, 9};
  const auto results =
      time.run(until(chain.abatch_results(inputs, {.max_concurrency = 2}), work.wait(2h + 30min)));
  ASSERT_EQ(results.size(), 6u);
  EXPECT_TRUE(results[0] && results[2]);
  for (const std::size_t i : {1u, 3u, 4u, 5u}) EXPECT_EQ(results[i].error().message(), stopped) << i;

  const auto ask = RunnableLambda([this](std::string hours) -> awaitable<std::string> {
    co_await work.wait(std::stoi(hours) * 1h);
    co_return hours;
  });
  const auto report = time.run(
      until(query_all(ask, std::vector<std::string>{"1", "9", "1", "9", "9", "9"}, {.max_concurrency = 2}),
            work.wait(2h + 30min)));
  ASSERT_EQ(report.results.size(), 6u);
  EXPECT_EQ(report.results[2].answer, "1");
  for (const std::size_t i : {1u, 3u, 4u, 5u}) {
    EXPECT_EQ(report.results[i].question, "9");
    ASSERT_TRUE(report.results[i].error);
    EXPECT_EQ(report.results[i].error->message(), stopped);
  }
  EXPECT_EQ(work.alive().now, 0);
}

TEST_F(UntilTest, the_verbs_that_fail_throw_the_reason) {
  const auto chain = RunnableLambda([this](int hours) { return work.give(hours, hours * 1h); });
  const std::vector<int> inputs{1, 3};
  const auto message_of = [this](auto call) -> std::string {
    try {
      time.run(until(std::move(call), work.wait(2h)));
    } catch (const CancelledError& error) {
      return error.what();
    }
    return "no CancelledError";
  };
  EXPECT_EQ(message_of(gather(hours(3))), stopped);
  EXPECT_EQ(message_of(chain.abatch(inputs)), stopped);
  EXPECT_EQ(message_of(race(work.give(1, 3h), work.give(1, 4h))), stopped);
  EXPECT_EQ(message_of(first_of(work.give(1, 3h), work.give(1, 4h))), stopped);
  EXPECT_EQ(message_of(query(RunnableLambda([this](std::string) { return work.give(1, 3h); }), "q")),
            stopped);
  EXPECT_EQ(work.alive().now, 0);
}

/// A fan-out below others, as a user writes it.
awaitable<std::vector<Result<int>>> inner(virtual_work& work) {
  std::vector<awaitable<int>> calls;
  calls.push_back(work.give(1, 1h));
  calls.push_back(work.give(3, 3h));
  auto results = co_await gather_results(std::move(calls));
  co_return results;
}

TEST_F(UntilTest, keeps_results_through_fan_outs_and_time_limits) {
  std::vector<awaitable<std::vector<Result<int>>>> calls;
  for (int i = 0; i < 2; ++i) calls.push_back(timeout(9h, timeout(5h, inner(work))));
  const auto all = time.run(until(timeout(10h, gather_results(std::move(calls))), work.wait(2h)));
  for (const auto& each : all) {
    ASSERT_TRUE(each);
    EXPECT_EQ((*each)[0].value(), 1);
    EXPECT_EQ((*each)[1].error().message(), stopped);
  }
}

TEST_F(UntilTest, in_until_hands_the_results_of_the_outer_stop_on) {
  const auto all = time.run(until(until(inner(work), work.wait(9h)), work.wait(2h)));
  EXPECT_EQ(all[0].value(), 1);
  EXPECT_EQ(all[1].error().message(), stopped);
  EXPECT_EQ(elapsed(), 120min);
  EXPECT_EQ(work.alive().now, 0);
}

TEST_F(UntilTest, of_a_time_limit_is_not_the_time_limit) {
  auto call = timeout(1h, gather_results(hours(3)));
  try {
    time.run(until(std::move(call), work.wait(2h)));
    FAIL();
  } catch (const TimeoutError& error) {
    EXPECT_EQ(error.phase(), Phase::run);
  }
  EXPECT_EQ(elapsed(), 60min);
  EXPECT_THROW(time.run(timeout(1h, until(gather_results(hours(3)), work.wait(2h)))), TimeoutError);
}

TEST_F(UntilTest, a_stop_that_has_come_does_not_begin_the_call) {
  bool begun = false;
  try {
    time.run(until(note(begun), give(1)));
    FAIL();
  } catch (const CancelledError& error) {
    EXPECT_STREQ(error.what(), stopped);
  }
  EXPECT_THROW(time.run(until(note(begun), broken("stop"))), std::out_of_range);
  EXPECT_FALSE(begun);
}

TEST_F(UntilTest, a_stop_that_throws_ends_the_call) {
  try {
    time.run(until(work.give(1, 2h), work.fail("stop failed", 1h)));
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "stop failed");
  }
  EXPECT_EQ(elapsed(), 60min);
  // Also where the call has a value to give.
  EXPECT_THROW(time.run(until(gather_results(hours(2)), work.fail("stop failed", 1min))), std::runtime_error);
  EXPECT_EQ(work.alive().now, 0);
}

awaitable<void> spoiled() {
  int alive = 0;
  try {
    co_await test::wait_forever(alive);
  } catch (const boost::system::system_error&) {
  }
  throw ConfigError("while it ended");
}

TEST_F(UntilTest, a_failed_stop_has_the_failure_of_the_call) {
  auto stop = [](virtual_work& w) -> awaitable<void> {
    co_await w.wait(1h);
    throw PromptError("stop failed");
  };
  auto catches = [](awaitable<void> call) -> awaitable<std::size_t> {
    try {
      co_await std::move(call);
    } catch (const PromptError& error) {
      EXPECT_STREQ(error.what(), "stop failed");
      co_return error.earlier().size();
    }
    co_return 99;
  };
  EXPECT_EQ(time.run(catches(until(spoiled(), stop(work)))), 1u);
  EXPECT_EQ(time.run(catches(until(work.wait(2h), stop(work)))), 0u) << "a cancel is no failure";
  // The call's own failure is the result of a stop that does not fail.
  EXPECT_THROW(time.run(until(spoiled(), work.wait(1h))), ConfigError);
}

TEST_F(UntilTest, what_the_cancelled_stop_throws_does_not_matter) {
  EXPECT_EQ(time.run(until(work.give(1, 1h), spoiled())), 1);
}

TEST_F(UntilTest, refuses_awaitables_that_were_moved_from) {
  awaitable<int> gone = give(1);
  const int value = time.run(std::move(gone));
  EXPECT_EQ(value, 1);
  EXPECT_THROW((void)until(std::move(gone), work.wait(1h)), ConfigError);
  EXPECT_THROW((void)until(work.wait(1h), awaitable<void>()), ConfigError);
}

TEST_F(UntilTest, needs_no_permit_for_the_stop) {
  auto item = [](virtual_work& w) -> awaitable<int> {
    std::vector<awaitable<int>> calls;
    calls.push_back(w.give(1, 1h));
    calls.push_back(w.give(2, 1h));
    auto nested = gather(std::move(calls));
    const auto values = co_await until(std::move(nested), w.wait(9h));
    co_return values[0] + values[1];
  };
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(item(work));
  EXPECT_EQ(time.run(gather(std::move(calls), {.max_concurrency = 1})), (std::vector{3, 3, 3}));
  EXPECT_EQ(elapsed(), 360min);
  EXPECT_LE(work.alive().peak, 2) << "one call, and the stop beside it";
}

TEST_F(UntilTest, is_part_of_the_run_around) {
  auto look = []() -> awaitable<bool> {
    const auto found = co_await run_deadline();
    co_return found.has_value();
  };
  EXPECT_TRUE(time.run(timeout(1h, until(look(), work.wait(2h)))));
  EXPECT_FALSE(time.run(until(look(), work.wait(2h))));
}

TEST_F(UntilTest, the_coroutine_around_goes_on) {
  auto main = [](virtual_work& w) -> awaitable<int> {
    const auto all = co_await until(inner(w), w.wait(2h));
    co_await w.wait(1h);
    co_return all[0].value();
  };
  EXPECT_EQ(time.run(main(work)), 1);
  EXPECT_EQ(elapsed(), 180min);
}

TEST_F(UntilTest, the_own_time_of_a_fan_out_keeps_results_below) {
  std::vector<awaitable<std::vector<Result<int>>>> calls;
  calls.push_back(inner(work));
  const auto all = time.run(gather_results(std::move(calls), {.timeout = 2h}));
  ASSERT_TRUE(all[0]);
  EXPECT_EQ((*all[0])[0].value(), 1);
  EXPECT_EQ((*all[0])[1].error().kind(), ErrorKind::timeout);
}

// ---- cancels from outside

awaitable<void> keep_until(virtual_work& work, std::string& ended) {
  int alive = 0;
  try {
    std::vector<awaitable<int>> calls;
    calls.push_back(test::wait_forever(alive));
    co_await until(gather_results(std::move(calls)), work.wait(9h));
    ended = "a value";
  } catch (const CancelledError& error) {
    ended = error.what();
    EXPECT_EQ(alive, 0);
  }
}

TEST_F(UntilTest, a_cancel_from_outside_is_no_stop) {
  std::string ended;
  time.run(race(keep_until(work, ended), work.wait(1h)));
  EXPECT_EQ(ended, "the call was cancelled");
  EXPECT_EQ(work.alive().now, 0);
}

TEST(Until, is_cancelled_at_any_moment_on_a_bare_loop) {
  for (const auto type :
       {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total})
    for (int steps = 0; steps < 12; ++steps) {
      int alive = 0;
      asio::io_context loop;
      asio::cancellation_signal signal;
      std::exception_ptr error;
      bool over = false;
      auto call = [](int& count) -> awaitable<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await until(test::wait_forever(count), test::wait_forever(count));
      };
      asio::co_spawn(loop, call(alive),
                     asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) {
                       error = e;
                       over = true;
                     }));
      for (int i = 0; i < steps; ++i) loop.poll_one();
      signal.emit(type);
      loop.poll();
      if (steps == 0 || type != asio::cancellation_type::terminal) {
        signal.emit(asio::cancellation_type::terminal);  // co_spawn itself lets no other type through
        loop.poll();
      }
      ASSERT_TRUE(over && error) << steps;
      try {
        std::rethrow_exception(error);
      } catch (const boost::system::system_error& e) {
        EXPECT_TRUE(e.code() == ErrorCondition::cancelled) << e.what();
      }
      EXPECT_EQ(alive, 0);
    }
}

TEST(Until, goes_with_its_loop) {
  for (int steps = 0; steps < 8; ++steps) {
    int alive = 0;
    {
      asio::io_context loop;
      asio::co_spawn(loop, until(test::wait_forever(alive), test::wait_forever(alive)),
                     [](std::exception_ptr, int) {});
      for (int i = 0; i < steps; ++i) loop.poll_one();
    }
    EXPECT_EQ(alive, 0) << steps;
  }
}

TEST(Until, goes_with_its_loop_while_a_stop_ends_slowly) {
  int alive = 0;
  auto stubborn = [](int& count) -> awaitable<void> {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await test::wait_forever(count);
  };
  {
    asio::io_context loop;
    bool ended = false;
    asio::co_spawn(loop, until(give(1), stubborn(alive)), [&](std::exception_ptr, int) { ended = true; });
    loop.poll();
    EXPECT_FALSE(ended) << "a stop that does not heed a cancel is waited for";
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

// A function that runs on another executor when the stop comes. It returns when the cancel has come.
awaitable<void> run_until_begun(std::future<void> begun) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  while (begun.wait_for(0s) != std::future_status::ready) co_await asio::post(here, asio::use_awaitable);
}
awaitable<int> released_by_its_cancel(std::promise<void>& release) {
  int alive = 0;
  try {
    co_await test::wait_forever(alive);
  } catch (const boost::system::system_error&) {
  }
  release.set_value();
  co_return 1;
}

TEST(Until, keeps_the_value_of_an_offloaded_function) {
  asio::thread_pool pool(1);
  std::promise<void> begun, release;
  auto function = [&] {
    begun.set_value();
    release.get_future().wait();
    return 7;
  };
  std::vector<awaitable<int>> calls;
  calls.push_back(offload(pool.get_executor(), function));
  calls.push_back(released_by_its_cancel(release));
  calls.push_back(offload(pool.get_executor(), function));  // waits behind the first one
  const auto results = run(until(gather_results(std::move(calls)), run_until_begun(begun.get_future())));
  EXPECT_EQ(results[0].value(), 7);
  EXPECT_EQ(results[2].error().message(), stopped);
}

}  // namespace
}  // namespace corochain::until_test
