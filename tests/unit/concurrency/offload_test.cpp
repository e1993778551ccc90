// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <future>
#include <thread>

#include "support/wait_forever.hpp"

namespace corochain::offload_test {
namespace {
namespace asio = boost::asio;
using test::wait_forever;
using namespace std::chrono_literals;

/// A pool of one thread that is kept busy until the test releases it.
struct busy_pool {
  busy_pool() {
    std::promise<void> started;
    asio::post(pool, [this, &started] {
      started.set_value();
      gate.get_future().wait();
    });
    started.get_future().wait();
  }
  ~busy_pool() {
    release();
    pool.join();
  }
  void release() {
    if (!std::exchange(released, true)) gate.set_value();
  }
  std::promise<void> gate;
  bool released = false;
  asio::thread_pool pool{1};
};

TEST(Offload, runs_elsewhere_and_goes_on_here) {
  asio::thread_pool pool(1);
  auto main = [](asio::thread_pool& other) -> awaitable<void> {
    const auto here = std::this_thread::get_id();
    auto whose = [] { return std::this_thread::get_id(); };
    const auto there = co_await offload(other.get_executor(), whose);
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
  };
  run(main(pool));
}

TEST(Offload, gives_values_that_can_only_be_moved_and_none) {
  asio::thread_pool pool(1);
  auto main = [](asio::thread_pool& other) -> awaitable<int> {
    auto make = [] { return std::make_unique<int>(4); };
    const auto made = co_await offload(other.get_executor(), make);
    int seen = 0;
    auto set = [&seen] { seen = 5; };
    co_await offload(other.get_executor(), set);
    auto owned = [kept = std::make_unique<int>(6)] { return *kept; };
    const int kept = co_await offload(other.get_executor(), std::move(owned));
    co_return *made * 100 + seen * 10 + kept;
  };
  EXPECT_EQ(run(main(pool)), 456);
}

TEST(Offload, throws_what_the_function_throws) {
  asio::thread_pool pool(1);
  auto fails = []() -> int { throw std::out_of_range("there"); };
  EXPECT_THROW(run(offload(pool.get_executor(), fails)), std::out_of_range);
}

TEST(Offload, to_the_own_loop_works_too) {
  auto main = []() -> awaitable<int> {
    auto seven = [] { return 7; };
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    co_return co_await offload(here, seven);
  };
  EXPECT_EQ(run(main()), 7);
}

TEST(Offload, to_no_executor_is_a_mistake) {
  auto seven = [] { return 7; };
  EXPECT_THROW(run(offload(asio::any_io_executor(), seven)), ConfigError);
}

TEST(Offload, cancelled_in_the_queue_it_is_not_called) {
  busy_pool busy;
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::exception_ptr error;
  std::atomic<bool> called{false};
  auto kept = std::make_shared<int>(0);
  auto call = [&called, kept] { called = true; };
  asio::co_spawn(loop, offload(busy.pool.get_executor(), std::move(call)),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
  loop.poll();
  EXPECT_FALSE(error);
  signal.emit(asio::cancellation_type::terminal);
  loop.run();
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
  EXPECT_EQ(kept.use_count(), 1) << "the function is gone while the pool still is busy";
  busy.release();
  busy.pool.join();
  EXPECT_FALSE(called);
}

TEST(Offload, cancelled_while_it_runs_it_waits_for_the_end) {
  asio::thread_pool pool(1);
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::exception_ptr error;
  std::promise<void> started;
  std::promise<void> gate;
  std::atomic<bool> returned{false};
  auto call = [&] {
    started.set_value();
    gate.get_future().wait();
    returned = true;
    return 3;
  };
  asio::co_spawn(loop, offload(pool.get_executor(), call),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, int) {
                   error = e;
                   EXPECT_TRUE(returned);
                 }));
  loop.poll();
  started.get_future().wait();
  signal.emit(asio::cancellation_type::terminal);
  loop.restart();
  loop.poll();
  EXPECT_FALSE(error) << "it waits for the function";
  gate.set_value();
  loop.run();
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
}

TEST(Offload, pool_destroyed_before_the_call_began_is_said) {
  asio::io_context loop;
  std::exception_ptr error;
  std::atomic<bool> called{false};
  auto call = [&called] { called = true; };
  {
    asio::thread_pool pool(1);
    pool.stop();
    pool.join();
    asio::co_spawn(loop, offload(pool.get_executor(), call), [&](std::exception_ptr e) { error = e; });
    loop.poll();
    EXPECT_FALSE(error);
  }
  loop.run();
  ASSERT_TRUE(error);
  try {
    std::rethrow_exception(error);
  } catch (const CancelledError& e) {
    EXPECT_NE(std::string(e.what()).find("destroyed"), std::string::npos);
  }
  EXPECT_FALSE(called);
}

TEST(Offload, a_destroyed_loop_leaves_nothing_in_the_queue) {
  busy_pool busy;
  auto kept = std::make_shared<int>(0);
  {
    asio::io_context loop;
    auto call = [kept] {};
    asio::co_spawn(loop, offload(busy.pool.get_executor(), std::move(call)), asio::detached);
    loop.poll();
  }
  EXPECT_EQ(kept.use_count(), 1);
}

TEST(Offload, a_destroyed_loop_waits_for_the_function) {
  asio::thread_pool pool(1);
  std::promise<void> started;
  std::promise<void> gate;
  std::atomic<bool> returned{false};
  auto call = [&] {
    started.set_value();
    gate.get_future().wait();
    returned = true;
  };
  std::thread opener;
  {
    asio::io_context loop;
    asio::co_spawn(loop, offload(pool.get_executor(), call), asio::detached);
    loop.poll();
    started.get_future().wait();
    opener = std::thread([&gate] { gate.set_value(); });
  }
  EXPECT_TRUE(returned);
  opener.join();
}

TEST(Offload, holds_its_place_in_the_budget) {
  asio::thread_pool pool(4);
  std::atomic<int> now{0};
  std::atomic<int> peak{0};
  auto call = [&] {
    const int mine = ++now;
    int most = peak;
    while (most < mine && !peak.compare_exchange_weak(most, mine)) {
    }
    std::this_thread::sleep_for(1ms);  // the work itself, which blocks its thread
    --now;
  };
  std::vector<awaitable<void>> calls;
  for (int i = 0; i < 12; ++i) calls.push_back(offload(pool.get_executor(), call));
  run(gather(std::move(calls), {.max_concurrency = 2}));
  EXPECT_LE(peak, 2);
  EXPECT_GE(peak, 1);
}

// ---- coroutines

awaitable<std::thread::id> thread_of_a_nested_call() {
  auto whose = []() -> awaitable<std::thread::id> { co_return std::this_thread::get_id(); };
  std::vector<awaitable<std::thread::id>> calls;
  calls.push_back(whose());
  const auto ids = co_await gather(std::move(calls));
  co_return ids[0];
}

TEST(OffloadCoroutine, runs_elsewhere_and_is_still_part_of_the_run) {
  asio::thread_pool pool(2);
  auto main = [](asio::thread_pool& other) -> awaitable<int> {
    const auto home = std::this_thread::get_id();
    auto body = [home]() -> awaitable<int> {
      const auto there = std::this_thread::get_id();
      EXPECT_NE(there, home);
      const auto deadline = co_await run_deadline();
      EXPECT_TRUE(deadline);
      const auto nested = co_await thread_of_a_nested_call();
      EXPECT_EQ(nested, home) << "inner calls run on the run's executor";
      EXPECT_NE(std::this_thread::get_id(), home) << "and comes back";
      co_return 8;
    };
    const int value = co_await offload(other.get_executor(), body);
    EXPECT_EQ(std::this_thread::get_id(), home);
    co_return value;
  };
  EXPECT_EQ(run(timeout(1min, main(pool))), 8);
}

TEST(OffloadCoroutine, without_value_and_with_failure) {
  asio::thread_pool pool(2);
  bool done = false;
  auto body = [&done]() -> awaitable<void> {
    done = true;
    co_return;
  };
  run(offload(pool.get_executor(), body));
  EXPECT_TRUE(done);
  auto fails = []() -> awaitable<void> {
    throw std::out_of_range("there");
    co_return;
  };
  EXPECT_THROW(run(offload(pool.get_executor(), fails)), std::out_of_range);
}

TEST(OffloadCoroutine, cancel_reaches_it) {
  asio::thread_pool pool(2);
  int alive = 0;
  auto body = [&alive]() -> awaitable<int> { return wait_forever(alive); };
  EXPECT_THROW(run(timeout(5ms, offload(pool.get_executor(), body))), TimeoutError);
  EXPECT_EQ(alive, 0);
}

TEST(OffloadCoroutine, its_own_failure_after_a_cancel_is_thrown) {
  asio::thread_pool pool(1);
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::exception_ptr error;
  std::promise<void> started;
  auto body = [&started]() -> awaitable<void> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    asio::steady_timer timer(here, asio::steady_timer::time_point::max());
    started.set_value();
    try {
      co_await timer.async_wait(asio::use_awaitable);
    } catch (const boost::system::system_error&) {
      throw std::out_of_range("while it ended");
    }
  };
  asio::co_spawn(loop, offload(pool.get_executor(), body),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
  loop.poll();
  started.get_future().wait();
  signal.emit(asio::cancellation_type::terminal);
  loop.restart();
  loop.run();
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), std::out_of_range);
}

TEST(OffloadCoroutine, cancelled_in_the_queue_it_does_not_begin) {
  busy_pool busy;
  std::atomic<bool> begun{false};
  auto body = [&begun]() -> awaitable<void> {
    begun = true;
    co_return;
  };
  EXPECT_THROW(run(timeout(5ms, offload(busy.pool.get_executor(), body))), TimeoutError);
  busy.release();
  busy.pool.join();
  EXPECT_FALSE(begun);
}

TEST(OffloadCoroutine, in_the_queue_it_holds_nothing_of_an_ended_loop) {
  for (const bool cancelled : {true, false}) {
    busy_pool busy;
    {
      asio::io_context loop;
      auto forever = []() -> awaitable<void> {
        int alive = 0;
        co_await wait_forever(alive);
      };
      auto call = offload(busy.pool.get_executor(), forever);
      if (cancelled) call = timeout(5ms, std::move(call));
      std::exception_ptr error;
      asio::co_spawn(loop, detail::enter_run(std::move(call)), [&](std::exception_ptr e) { error = e; });
      if (cancelled) {
        loop.run();
        ASSERT_TRUE(error);
        EXPECT_THROW(std::rethrow_exception(error), TimeoutError);
      } else {
        loop.poll();
        EXPECT_FALSE(error);
      }
    }
    busy.release();  // only now does the pool reach the queued work
  }
}

TEST(OffloadCoroutine, budget_of_one_holds_for_fan_outs_below_it) {
  asio::thread_pool pool(2);
  int now = 0;
  int peak = 0;
  auto leaf = [](int& n, int& most) -> awaitable<void> {
    most = std::max(most, ++n);
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    co_await asio::post(here, asio::use_awaitable);
    --n;
  };
  auto body = [&]() -> awaitable<void> {
    std::vector<awaitable<void>> calls;
    for (int i = 0; i < 5; ++i) calls.push_back(leaf(now, peak));
    return gather(std::move(calls));
  };
  std::vector<awaitable<void>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(offload(pool.get_executor(), body));
  run(gather(std::move(calls), {.max_concurrency = 1}));
  EXPECT_EQ(peak, 1);
}

TEST(OffloadCoroutine, pool_destroyed_while_it_waits_there_is_said) {
  asio::io_context loop;
  std::exception_ptr error;
  {
    asio::thread_pool pool(1);
    std::promise<void> started;
    auto body = [&started]() -> awaitable<void> {
      const asio::any_io_executor here = co_await asio::this_coro::executor;
      asio::steady_timer timer(here, asio::steady_timer::time_point::max());
      started.set_value();
      co_await timer.async_wait(asio::use_awaitable);
    };
    asio::co_spawn(loop, offload(pool.get_executor(), body), [&](std::exception_ptr e) { error = e; });
    loop.poll();
    started.get_future().wait();
  }
  loop.restart();
  loop.run();
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
}

}  // namespace
}  // namespace corochain::offload_test
