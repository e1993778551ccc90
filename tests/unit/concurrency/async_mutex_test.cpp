// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/async_mutex.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <corochain/corochain.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "support/virtual_work.hpp"

namespace corochain::async_mutex_test {
namespace {
namespace asio = boost::asio;
using detail::async_mutex;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

awaitable<void> pass_through(std::shared_ptr<async_mutex> mutex, virtual_work& work, std::vector<int>& order,
                             int who) {
  const auto pass = co_await async_mutex::acquire(mutex);
  order.push_back(who);
  co_await work.wait(10ms);
}

TEST(AsyncMutex, lets_one_through_at_a_time_in_order) {
  VirtualTime time;
  virtual_work work(time);
  const auto mutex = std::make_shared<async_mutex>();
  std::vector<int> order;
  std::vector<awaitable<void>> all;
  for (int i = 0; i < 5; ++i) all.push_back(pass_through(mutex, work, order, i));
  time.run(gather(std::move(all)));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(work.alive().peak, 1);
  EXPECT_EQ(mutex->waiting(), 0u);
}

TEST(AsyncMutex, keeps_nothing_of_who_was_cancelled) {
  VirtualTime time;
  virtual_work work(time);
  const auto mutex = std::make_shared<async_mutex>();
  std::vector<int> order;
  auto main = [](std::shared_ptr<async_mutex> through, virtual_work& w,
                 std::vector<int>& passed) -> awaitable<void> {
    const auto held = co_await async_mutex::acquire(through);
    for (int round = 0; round < 3; ++round) {
      std::vector<awaitable<void>> some;
      for (int i = 0; i < 10; ++i) some.push_back(pass_through(through, w, passed, i));
      some.push_back(w.wait(1ms));
      co_await race(std::move(some));
      EXPECT_EQ(through->waiting(), 0u);
    }
  };
  time.run(main(mutex, work, order));
  EXPECT_TRUE(order.empty());
  time.run(pass_through(mutex, work, order, 7));
  EXPECT_EQ(order, std::vector<int>{7});
}

/// Holds the lock until the test releases it.
awaitable<void> hold(std::shared_ptr<async_mutex> mutex, std::optional<async_mutex::lock>& held) {
  held.emplace(co_await async_mutex::acquire(mutex));
}

awaitable<void> note_pass(std::shared_ptr<async_mutex> mutex, bool& passed) {
  const auto pass = co_await async_mutex::acquire(mutex);
  passed = true;
}

TEST(AsyncMutex, passes_by_who_was_cancelled_in_the_same_turn) {
  for (const bool cancelled_first : {true, false}) {
    asio::io_context loop;
    asio::cancellation_signal signal;
    const auto mutex = std::make_shared<async_mutex>();
    std::optional<async_mutex::lock> held;
    bool second = false, third = false;
    asio::co_spawn(loop, hold(mutex, held), asio::detached);
    asio::co_spawn(loop, note_pass(mutex, second),
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
    asio::co_spawn(loop, note_pass(mutex, third), asio::detached);
    loop.poll();
    ASSERT_EQ(mutex->waiting(), 2u);
    asio::post(loop, [&] {
      if (cancelled_first) signal.emit(asio::cancellation_type::terminal);
      held.reset();
      if (!cancelled_first) signal.emit(asio::cancellation_type::terminal);
    });
    loop.restart();
    loop.run();
    EXPECT_FALSE(cancelled_first && second);
    EXPECT_TRUE(third) << cancelled_first;
    EXPECT_EQ(mutex->waiting(), 0u);
  }
}

TEST(ContextMutexes, of_contexts_that_are_gone_are_forgotten) {
  detail::context_mutexes mutexes;
  std::vector<std::unique_ptr<asio::execution_context>> contexts;
  for (int i = 0; i < 100; ++i) contexts.push_back(std::make_unique<asio::execution_context>());
  const auto kept = mutexes.of(*contexts.front());
  for (const auto& each : contexts) EXPECT_TRUE(mutexes.of(*each));
  EXPECT_EQ(mutexes.of(*contexts.front()), kept);
  EXPECT_LE(mutexes.size(), 2u) << "that in use, and the last";
}

}  // namespace
}  // namespace corochain::async_mutex_test
