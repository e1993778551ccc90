// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Where work finds the run that it is part of, and where it has left the run.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <corochain/corochain.hpp>

#include "concurrency/run_context.hpp"

namespace corochain::run_context_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

/// The facts that a coroutine sees of the run around it.
struct sight {
  bool deadline = false;  ///< through the public function
  bool context = false;
  bool budget = false;
  bool on_it = false;
};

awaitable<sight> look() {
  const auto deadline = co_await run_deadline();
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const auto location = detail::locate_run(here);
  sight seen;
  seen.deadline = deadline.has_value();
  seen.context = location.context != nullptr;
  seen.budget = location.context && location.context->limits && location.context->permit;
  seen.on_it = location.on_it && location.context;
  co_return seen;
}

awaitable<sight> through_user_coroutines(int frames) {
  if (frames > 0) co_return co_await through_user_coroutines(frames - 1);
  co_return co_await look();
}

/// Runs `what` inside a run that has a deadline and a budget.
awaitable<sight> in_a_run(awaitable<sight> what) {
  std::vector<awaitable<sight>> calls;
  calls.push_back(std::move(what));
  const auto seen = co_await gather(std::move(calls), {.max_concurrency = 1, .timeout = 1min});
  co_return seen[0];
}

void expect_all(const sight& seen) {
  EXPECT_TRUE(seen.deadline);
  EXPECT_TRUE(seen.context);
  EXPECT_TRUE(seen.budget);
}

TEST(RunContextFound, below_user_coroutines_on_the_private_loop) {
  const sight seen = run(in_a_run(through_user_coroutines(5)));
  expect_all(seen);
  EXPECT_TRUE(seen.on_it);
}

TEST(RunContextFound, on_a_loop_a_pool_and_strands_of_the_caller) {
  asio::thread_pool pool(3);
  asio::io_context loop;
  const std::vector<asio::any_io_executor> executors{
      pool.get_executor(), asio::make_strand(pool),
      asio::any_io_executor(asio::make_strand(pool.get_executor())),
      asio::make_strand(asio::any_io_executor(pool.get_executor())),
      asio::make_strand(asio::any_io_executor(asio::make_strand(pool)))};
  for (const auto& executor : executors) {
    const sight seen = asio::co_spawn(executor, in_a_run(through_user_coroutines(3)), asio::use_future).get();
    expect_all(seen);
    EXPECT_TRUE(seen.on_it);
  }
  auto future = asio::co_spawn(loop, in_a_run(through_user_coroutines(3)), asio::use_future);
  loop.run();
  expect_all(future.get());
}

awaitable<sight> on_a_strand_inside() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const asio::any_io_executor around = asio::make_strand(here);
  const sight outside = co_await asio::co_spawn(around, look(), asio::use_awaitable);
  EXPECT_TRUE(outside.context);
  EXPECT_FALSE(outside.on_it) << "a strand of the user's own is not the run's executor";
  // A call from there goes to the run's executor and comes back.
  auto nested = []() -> awaitable<sight> {
    std::vector<awaitable<sight>> calls;
    calls.push_back(look());
    const auto seen = co_await gather(std::move(calls));
    const sight after = co_await look();
    EXPECT_TRUE(after.context && !after.on_it);
    co_return seen[0];
  };
  const sight below = co_await asio::co_spawn(around, nested(), asio::use_awaitable);
  EXPECT_TRUE(below.on_it);
  co_return outside;
}

TEST(RunContextFound, below_a_strand_that_a_user_makes_inside_the_run) {
  expect_all(run(in_a_run(on_a_strand_inside())));
  asio::thread_pool pool(3);
  expect_all(asio::co_spawn(pool, in_a_run(on_a_strand_inside()), asio::use_future).get());
}

awaitable<sight> offloaded(asio::thread_pool& pool) {
  const sight outside = co_await offload(pool.get_executor(), look);
  EXPECT_TRUE(outside.context);
  EXPECT_FALSE(outside.on_it);
  auto twice = [&pool]() -> awaitable<sight> {
    const sight inner = co_await offload(pool.get_executor(), look);
    co_return inner;
  };
  const sight nested = co_await offload(pool.get_executor(), twice);
  EXPECT_TRUE(nested.context) << "from elsewhere to elsewhere";
  EXPECT_TRUE(nested.deadline);
  const sight back = co_await look();
  EXPECT_TRUE(back.on_it);
  co_return outside;
}

TEST(RunContextFound, in_a_coroutine_that_was_offloaded) {
  asio::thread_pool home(2);
  asio::thread_pool pool(3);
  expect_all(run(in_a_run(offloaded(pool))));
  expect_all(asio::co_spawn(home, in_a_run(offloaded(pool)), asio::use_future).get());
}

TEST(RunContextFound, in_children_of_race_task_group_and_timeout) {
  expect_all(run(in_a_run(race(look(), look()))));
  expect_all(run(in_a_run(timeout(1s, look()))));
  auto group = []() -> awaitable<sight> {
    sight seen;
    auto child = [](sight& to) -> awaitable<void> { to = co_await look(); };
    auto body = [&seen, &child](task_group& all) -> awaitable<void> {
      all.spawn(child(seen));
      co_return;
    };
    co_await with_task_group(body);
    co_return seen;
  };
  expect_all(run(in_a_run(group())));
}

TEST(RunContextFound, after_an_operation_with_another_executor) {
  auto hop = []() -> awaitable<sight> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    const asio::any_io_executor bare = detail::io_executor(here);
    co_await asio::post(bare, asio::use_awaitable);  // the coroutine itself stays on its executor
    co_return co_await look();
  };
  expect_all(run(in_a_run(hop())));
}

TEST(RunContextLost, on_a_bare_executor) {
  asio::thread_pool home(1);  // outlives the pool, whose frames keep its executor for a moment longer
  asio::thread_pool pool(2);
  auto leave = [](asio::thread_pool& other) -> awaitable<sight> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    const sight near = co_await asio::co_spawn(detail::io_executor(here), look(), asio::use_awaitable);
    EXPECT_FALSE(near.context || near.deadline);
    co_return co_await asio::co_spawn(other, look(), asio::use_awaitable);
  };
  const sight far = asio::co_spawn(home, in_a_run(leave(pool)), asio::use_future).get();
  EXPECT_FALSE(far.context);
  EXPECT_FALSE(far.deadline);
}

TEST(RunContextLost, but_a_budget_of_its_own_begins_there) {
  asio::thread_pool home(1);
  asio::thread_pool pool(2);
  auto leave = [](asio::thread_pool& other) -> awaitable<sight> {
    co_return co_await asio::co_spawn(other, in_a_run(look()), asio::use_awaitable);
  };
  expect_all(asio::co_spawn(home, leave(pool), asio::use_future).get());
}

TEST(RunContextLost, in_a_nested_run_that_blocks) {
  auto blocks = []() -> awaitable<sight> { co_return run(look()); };
  const sight seen = run(in_a_run(blocks()));
  EXPECT_FALSE(seen.deadline);
  EXPECT_FALSE(seen.budget);
}

TEST(RunContextLost, when_the_run_has_ended) {
  asio::thread_pool pool(1);
  auto keep = []() -> awaitable<asio::any_io_executor> { co_return co_await asio::this_coro::executor; };
  std::vector<awaitable<asio::any_io_executor>> calls;
  calls.push_back(keep());
  const auto kept = asio::co_spawn(pool, gather(std::move(calls), {.timeout = 1min}), asio::use_future).get();
  EXPECT_TRUE(kept[0].target<detail::run_executor>());
  EXPECT_FALSE(detail::in_run(kept[0]));
  EXPECT_FALSE(detail::locate_run(kept[0]).context);
  EXPECT_FALSE(asio::co_spawn(kept[0], look(), asio::use_future).get().deadline);
}

}  // namespace
}  // namespace corochain::run_context_test
