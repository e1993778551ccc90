// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// One limit bounds everything in a task group, the work of its body included, and everything below a
// configuration around a coroutine.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corochain/testing/fake_chat_model.hpp"
#include "support/numbered_batch.hpp"
#include "support/run_on.hpp"
#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

namespace corochain::group_budget_test {
namespace {
namespace asio = boost::asio;
using test::chain_of;
using test::model_of;
using test::numbers;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;
using chain_type = Runnable<Dict, std::string>;
using event = asio::experimental::channel<void(boost::system::error_code)>;

awaitable<void> ask(chain_type chain) { (void)co_await chain.ainvoke("1"); }

/// The ways in which a body may call a chain.
awaitable<void> call_in_all_ways(chain_type chain) {
  using namespace asio::experimental::awaitable_operators;
  (void)co_await chain.abatch(numbers(8), {.max_concurrency = 0});
  (void)co_await chain.abatch(numbers(8), {.max_concurrency = 3});
  auto done = chain.abatch_as_completed(numbers(4));
  while (auto item = co_await done.next()) {
  }
  (void)co_await chain.ainvoke("1");
  auto four = ask(chain) && ask(chain) && ask(chain) && ask(chain);
  co_await std::move(four);
  const QueryResult measured = co_await query(chain, "1");
  EXPECT_TRUE(measured.ok());
  auto chunks = chain.astream("1");
  while (auto chunk = co_await chunks.next()) {
  }
  co_await timeout(1h, ask(chain));
}

awaitable<void> group_of(chain_type chain, std::size_t most) {
  auto body = [&chain](task_group& group) -> awaitable<void> {
    for (int i = 0; i < 30; ++i) group.spawn(ask(chain));
    co_await call_in_all_ways(chain);
  };
  co_await with_task_group(body, {.max_concurrency = most});
}

TEST(GroupBudget, bounds_children_and_body_together) {
  for (const std::size_t most : {1u, 2u, 4u}) {
    SCOPED_TRACE(most);
    VirtualTime time;
    const auto model = model_of(time, 10ms);
    time.run(group_of(chain_of(model), most));
    EXPECT_EQ(model.max_in_flight(), most);
    EXPECT_EQ(model.calls(), 30u + 8 + 8 + 4 + 1 + 4 + 1 + 1 + 1);
  }
}

TEST(GroupBudget, is_bounded_by_the_limits_around) {
  for (const std::size_t around : {1u, 2u, 3u}) {
    SCOPED_TRACE(around);
    VirtualTime time;
    const auto model = model_of(time, 10ms);
    std::vector<awaitable<void>> groups;
    for (int i = 0; i < 3; ++i) groups.push_back(group_of(chain_of(model), 2));
    time.run(gather(std::move(groups), {.max_concurrency = around}));
    EXPECT_EQ(model.max_in_flight(), around);
  }
}

TEST(GroupBudget, bounds_a_body_in_a_body) {
  VirtualTime time;
  const auto model = model_of(time, 10ms);
  const auto chain = chain_of(model);
  auto outer = [&chain](task_group& group) -> awaitable<void> {
    for (int i = 0; i < 30; ++i) group.spawn(ask(chain));
    co_await group_of(chain, 2);
  };
  time.run(with_task_group(outer, {.max_concurrency = 3}));
  EXPECT_EQ(model.max_in_flight(), 3u);
}

awaitable<void> give(std::shared_ptr<event> to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    co_await to->async_send(boost::system::error_code(), asio::use_awaitable);
}

/// A body that waits for each of its children by a channel.
awaitable<int> wait_by_a_channel(chain_type chain) {
  int received = 0;
  auto body = [&](task_group& group) -> awaitable<void> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    for (int i = 0; i < 3; ++i) {
      const auto told = std::make_shared<event>(here);
      group.spawn(give(told, 2));
      for (int n = 0; n < 2; ++n) {
        co_await told->async_receive(asio::use_awaitable);
        ++received;
      }
      (void)co_await chain.ainvoke("1");
    }
  };
  co_await with_task_group(body, {.max_concurrency = 1});
  co_return received;
}

TEST(GroupBudget, of_one_lets_the_body_wait_for_a_child) {
  const auto chain = test::chain_of(testing::FakeChatModel(testing::FakeReply("yes")));
  EXPECT_EQ(run(wait_by_a_channel(chain)), 6);
  asio::io_context loop;
  EXPECT_EQ(test::run_on<int>(loop, wait_by_a_channel(chain)), 6);
  EXPECT_EQ(run(with_config(RunConfig().max_concurrency(1), wait_by_a_channel(chain))), 6);
}

TEST(GroupBudget, of_one_lets_the_body_read_two_streams_in_turn) {
  VirtualTime time;
  virtual_work work(time);
  const auto count_to = [&work](int to, Yield<std::string> yield) -> awaitable<void> {
    for (int i = 0; i < to; ++i) {
      co_await work.wait(1ms);
      co_await yield(std::to_string(i));
    }
  };
  const RunnableGenerator<int, std::string> count(count_to);
  std::string seen;
  auto body = [&](task_group& group) -> awaitable<void> {
    for (int i = 0; i < 20; ++i) group.spawn(work.wait(1ms));
    auto one = count.astream(3);
    auto two = count.astream(3);
    for (int i = 0; i < 3; ++i) {
      auto first = co_await one.next();
      auto second = co_await two.next();
      seen += *first + *second;
    }
    EXPECT_FALSE((co_await one.next()).has_value());
  };
  time.run(with_task_group(body, {.max_concurrency = 1}));
  EXPECT_EQ(seen, "001122");
  EXPECT_EQ(work.alive().peak, 1);
}

TEST(GroupBudget, a_failure_in_a_call_of_the_body_is_the_bodys) {
  const RunnableLambda<int, int> fails([](int) -> int { throw std::out_of_range("the call"); });
  auto body = [&fails](task_group&) -> awaitable<void> { (void)co_await fails.ainvoke(1); };
  EXPECT_THROW(run(with_task_group(body, {.max_concurrency = 2})), std::out_of_range);
}

/// The body's call runs, or waits for the permit of a child that does not end.
awaitable<void> wait_in_the_body(int& alive, bool child_first) {
  const auto wait = [&alive](int) -> awaitable<int> { co_return co_await test::wait_forever(alive); };
  const RunnableLambda<int, int> chain(wait);
  const auto child = [](RunnableLambda<int, int> forever) -> awaitable<void> {
    (void)co_await forever.ainvoke(1);
  };
  auto body = [&](task_group& group) -> awaitable<void> {
    if (child_first) group.spawn(child(chain));
    try {
      (void)co_await chain.ainvoke(1);
    } catch (const CancelledError& error) {
      EXPECT_STREQ(error.what(), "the call was cancelled");
      throw;
    }
  };
  co_await with_task_group(body, {.max_concurrency = 1});
}

TEST(GroupBudget, a_cancelled_call_of_the_body_ends) {
  for (const bool child_first : {false, true}) {
    for (int steps = 0; steps < 25; ++steps) {
      int alive = 0;
      std::exception_ptr error;
      asio::io_context loop;
      asio::cancellation_signal signal;
      asio::co_spawn(loop, wait_in_the_body(alive, child_first),
                     asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
      for (int i = 0; i < steps; ++i) loop.poll_one();
      signal.emit(asio::cancellation_type::terminal);
      loop.run();
      EXPECT_TRUE(error) << steps;
      EXPECT_EQ(alive, 0) << steps;
    }
    int alive = 0;
    EXPECT_THROW(run(timeout(5ms, wait_in_the_body(alive, child_first))), TimeoutError);
    EXPECT_EQ(alive, 0);
  }
}

TEST(GroupBudget, a_destroyed_loop_leaves_nothing_of_a_body) {
  for (const bool child_first : {false, true}) {
    for (int steps = 0; steps < 20; ++steps) {
      int alive = 0;
      {
        asio::io_context loop;
        asio::co_spawn(loop, wait_in_the_body(alive, child_first), asio::detached);
        for (int i = 0; i < steps; ++i) loop.poll_one();
      }
      EXPECT_EQ(alive, 0) << steps;
    }
  }
}

// ---- with_config

TEST(WithConfig, bounds_all_work_of_a_coroutine) {
  for (const std::size_t most : {1u, 3u}) {
    VirtualTime time;
    const auto model = model_of(time, 10ms);
    const auto chain = chain_of(model);
    const auto work = [](chain_type asked) -> awaitable<int> {
      task_group group(co_await asio::this_coro::executor);
      for (int i = 0; i < 8; ++i) group.spawn(ask(asked));
      co_await call_in_all_ways(asked);
      co_await group.join();
      co_return 7;
    };
    EXPECT_EQ(time.run(with_config(RunConfig().max_concurrency(most), work(chain))), 7);
    EXPECT_EQ(model.max_in_flight(), most);
  }
}

TEST(WithConfig, gives_tags_metadata_and_values_to_what_is_below) {
  const auto seen = []() -> awaitable<std::string> {
    const RunConfig config = co_await current_config();
    std::string all;
    for (const std::string& tag : config.tags()) all += tag + " ";
    all += config.metadata().get<std::string>("user");
    co_return all + config.configurable().get<std::string>("style");
  };
  const RunConfig inner = RunConfig().tag("in").metadata("user", "b");
  const RunConfig outer = RunConfig().tag("out").metadata("user", "a").configurable("style", "c");
  EXPECT_EQ(run(with_config(outer, with_config(inner, seen()))), "out in bc");
  asio::io_context loop;
  EXPECT_EQ(test::run_on<std::string>(loop, with_config(outer, seen())), "out ac");
  EXPECT_EQ(run(with_config(RunConfig(), with_config(outer, seen()))), "out ac");
}

TEST(WithConfig, a_time_limit_cancels_the_coroutine_and_is_thrown) {
  const auto work = [](int& alive, bool& saw_cancel) -> awaitable<void> {
    const auto deadline = co_await run_deadline();
    EXPECT_TRUE(deadline);
    try {
      (void)co_await test::wait_forever(alive);
    } catch (const boost::system::system_error& error) {
      saw_cancel = error.code() == ErrorCondition::cancelled;
      throw;
    }
  };
  const auto inside = [work](int& alive, bool& saw_cancel) -> awaitable<int> {
    try {
      co_await with_config(RunConfig().timeout(5ms), work(alive, saw_cancel));
    } catch (const TimeoutError& error) {
      EXPECT_EQ(error.phase(), Phase::run);
      co_return alive;
    }
    co_return -1;
  };
  for (const bool own_loop : {false, true}) {
    int alive = 0;
    bool saw_cancel = false;
    asio::io_context loop;
    EXPECT_EQ(own_loop ? test::run_on<int>(loop, inside(alive, saw_cancel)) : run(inside(alive, saw_cancel)),
              0);
    EXPECT_TRUE(saw_cancel);
  }
  bool begun = false;
  const auto mark = [](bool& called) -> awaitable<void> {
    called = true;
    co_return;
  };
  EXPECT_THROW(run(with_config(RunConfig().timeout(0s), mark(begun))), TimeoutError);
  EXPECT_FALSE(begun);
}

TEST(WithConfig, a_stop_may_call_and_keeps_what_a_call_has) {
  VirtualTime time;
  virtual_work work(time);
  // The stop makes calls of its own, in a context without the limit.
  const auto stop = [](chain_type chain) -> awaitable<void> {
    (void)co_await chain.abatch(numbers(2));
    (void)co_await chain.ainvoke("1");
  };
  const auto body = [&](chain_type chain) -> awaitable<std::size_t> {
    // A step that gives what its fan-out kept, called with a permit of its own.
    const RunnableLambda partial([&work](std::string) -> awaitable<std::size_t> {
      std::vector<awaitable<void>> calls;
      calls.push_back(work.wait(1ms));
      calls.push_back(work.wait(1h));
      const auto results = co_await gather_results(std::move(calls));
      co_return static_cast<std::size_t>(results[0].has_value()) + 2 * results[1].has_error();
    });
    co_return co_await until(partial.ainvoke("q"), stop(chain));
  };
  const auto chain = chain_of(model_of(time, 10ms));
  EXPECT_EQ(time.run(with_config(RunConfig().max_concurrency(2), body(chain))), 3u);
}

}  // namespace
}  // namespace corochain::group_budget_test
