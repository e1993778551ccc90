// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "concurrency/run_context.hpp"
#include "support/virtual_work.hpp"

namespace corochain::run_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

awaitable<int> give(int value) { co_return value; }

TEST(Run, gives_the_value_or_throws) {
  EXPECT_EQ(run(give(5)), 5);
  auto broken = []() -> awaitable<int> {
    throw std::runtime_error("broken");
    co_return 0;
  };
  EXPECT_THROW(run(broken()), std::runtime_error);
  auto nothing = []() -> awaitable<void> { co_return; };
  run(nothing());
}

TEST(Run, nests_in_a_coroutine_and_in_a_handler) {
  auto nested = []() -> awaitable<int> {
    const int inner = run(give(1));
    const int outer = co_await give(2);
    co_return inner + outer;
  };
  EXPECT_EQ(run(nested()), 3);
  auto twice = [&]() -> awaitable<int> { co_return run(nested()) + run(nested()); };
  EXPECT_EQ(run(twice()), 6);

  asio::io_context loop;
  int in_handler = 0;
  asio::post(loop, [&] { in_handler = run(give(7)); });
  loop.run();
  EXPECT_EQ(in_handler, 7);
}

TEST(Run, works_from_many_threads_and_at_their_end) {
  std::vector<std::thread> threads;
  std::atomic<int> sum = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&sum, i] {
      for (int k = 0; k < 50; ++k) sum += run(give(i));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sum, 50 * 28);
}

TEST(Run, destroys_what_its_coroutine_left_running) {
  int alive = 0;
  struct count {
    explicit count(int& a) : n(a) { ++n; }
    ~count() { --n; }
    int& n;
  };
  auto stray = [](int& a) -> awaitable<void> {
    count here(a);
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
  };
  auto leaves = [&](int& a) -> awaitable<void> {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, stray(a), asio::detached);
    EXPECT_EQ(a, 1);
  };
  run(leaves(alive));
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(run(give(3)), 3);  // the next use has an intact loop
}

TEST(Run, works_in_a_child_of_fork_and_in_the_parent) {
  EXPECT_EQ(run(give(1)), 1);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(run(give(42)));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_EQ(run(give(2)), 2);
}

// ---- the context of a run

awaitable<std::shared_ptr<const detail::run_context>> context_here() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_return detail::locate_run(here).context;
}

awaitable<bool> same_context_below() {
  const auto above = co_await context_here();
  auto user_coroutine = []() -> awaitable<std::shared_ptr<const detail::run_context>> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    asio::steady_timer timer(here, 0ms);
    co_await timer.async_wait(asio::use_awaitable);
    auto found = co_await context_here();
    co_return found;
  };
  const auto below = co_await user_coroutine();
  co_return above&& above == below;
}

awaitable<void> keep_flag(bool& flag) { flag = co_await same_context_below(); }

TEST(RunContext, is_inherited_through_user_coroutines) {
  bool found = false;
  run(detail::enter_run(keep_flag(found)));
  EXPECT_TRUE(found);

  found = false;
  asio::io_context loop;
  asio::co_spawn(loop, detail::enter_run(keep_flag(found)), asio::detached);
  loop.run();
  EXPECT_TRUE(found);

  asio::thread_pool pool(3);
  found = false;
  asio::co_spawn(pool, detail::enter_run(keep_flag(found)), asio::use_future).get();
  EXPECT_TRUE(found);
  found = false;
  asio::co_spawn(asio::make_strand(pool), detail::enter_run(keep_flag(found)), asio::use_future).get();
  EXPECT_TRUE(found);
}

TEST(RunContext, is_found_through_a_users_strand) {
  auto outer = []() -> awaitable<void> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    const auto mine = co_await context_here();
    EXPECT_TRUE(mine);
    const asio::any_io_executor around = asio::make_strand(here);
    const auto location = detail::locate_run(around);
    EXPECT_EQ(location.context, mine);
    EXPECT_FALSE(location.on_it);
  };
  asio::io_context loop;
  asio::co_spawn(loop, detail::enter_run(outer()), asio::detached);
  loop.run();
}

TEST(RunContext, of_an_ended_run_counts_as_absent) {
  asio::io_context loop;  // declared before the executor, which must not outlive it
  asio::any_io_executor kept;
  auto keep_executor = [](asio::any_io_executor& executor) -> awaitable<void> {
    executor = co_await asio::this_coro::executor;
    EXPECT_TRUE(detail::in_run(executor));
  };
  asio::co_spawn(loop, detail::enter_run(keep_executor(kept)), asio::detached);
  loop.run();
  EXPECT_FALSE(detail::in_run(kept));
  EXPECT_FALSE(detail::locate_run(kept).context);
}

TEST(RunContext, of_work_on_a_bare_executor_is_absent) {
  auto outer = []() -> awaitable<void> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    const auto bare = detail::io_executor(here);
    const auto found = co_await asio::co_spawn(bare, context_here(), asio::use_awaitable);
    EXPECT_FALSE(found);
  };
  asio::io_context loop;
  asio::co_spawn(loop, detail::enter_run(outer()), asio::detached);
  loop.run();
}

TEST(RunContext, strand_of_the_caller_is_used_and_not_doubled) {
  asio::thread_pool pool(1);
  const auto strand = asio::make_strand(pool);
  auto serial = [](asio::any_io_executor expected) -> awaitable<void> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    const auto location = detail::locate_run(here);
    EXPECT_TRUE(location.on_it);
    EXPECT_EQ(location.serial, expected);
  };
  asio::co_spawn(strand, detail::enter_run(serial(strand)), asio::use_future).get();
}

TEST(RunContext, runs_on_many_threads_are_each_serial) {
  asio::thread_pool pool(4);
  auto serial_work = []() -> awaitable<int> {
    int unguarded = 0;  // ThreadSanitizer would report a race here
    std::vector<awaitable<void>> calls;
    auto bump = [](int& value) -> awaitable<void> {
      for (int i = 0; i < 20; ++i) {
        const asio::any_io_executor here = co_await asio::this_coro::executor;
        co_await asio::post(here, asio::use_awaitable);
        ++value;
      }
    };
    for (int i = 0; i < 20; ++i) calls.push_back(bump(unguarded));
    co_await gather(std::move(calls));
    co_return unguarded;
  };
  std::vector<std::future<int>> runs;
  for (int i = 0; i < 16; ++i) runs.push_back(asio::co_spawn(pool, serial_work(), asio::use_future));
  for (auto& each : runs) EXPECT_EQ(each.get(), 400);
}

TEST(RunContext, deadline_of_a_batch_is_seen_below) {
  auto deadline = []() -> awaitable<bool> {
    const auto found = co_await run_deadline();
    co_return found && *found > std::chrono::steady_clock::now() &&
        *found < std::chrono::steady_clock::now() + 2min;
  };
  std::vector<awaitable<bool>> calls;
  calls.push_back(deadline());
  EXPECT_TRUE(run(gather(std::move(calls), {.timeout = 1min}))[0]);
  EXPECT_FALSE(run(run_deadline()));
}

}  // namespace
}  // namespace corochain::run_test
