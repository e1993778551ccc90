// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <corochain/corochain.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <vector>

#include "support/virtual_work.hpp"

// Coroutines that are cancelled by what they do themselves, before they ever waited.

namespace corochain::self_cancel_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

awaitable<void> cancels(task_group& group, bool then_fails) {
  group.cancel();
  if (then_fails) throw std::runtime_error("found, and broken");
  co_return;
}

TEST(SelfCancel, OfATaskGroupByAChildThatNeverWaited) {
  for (const std::size_t most : {0u, 2u})
    for (const bool then_fails : {false, true}) {
      VirtualTime time;
      virtual_work work(time);
      auto main = [](virtual_work& w, std::size_t limit, bool fails) -> awaitable<void> {
        ConcurrencyOptions options;
        options.max_concurrency = limit;
        task_group group(co_await asio::this_coro::executor, options);
        group.spawn(w.wait(1h));
        group.spawn(cancels(group, fails));
        group.spawn(w.wait(1h));  // dropped
        co_await group.join();
        EXPECT_EQ(w.alive().now, 0);
        EXPECT_EQ(w.alive().peak, 1);
      };
      time.run(main(work, most, then_fails));
      EXPECT_EQ(work.now(), 0ms);
    }
}

TEST(SelfCancel, LeavesTheOtherFanOutsOfTheRunTheirPlaces) {
  VirtualTime time;
  virtual_work work(time);
  auto found = [](virtual_work& w) -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    group.spawn(w.wait(1h));
    group.spawn(cancels(group, false));
    co_await group.join();
    co_await w.wait(1ms);
  };
  std::vector<awaitable<void>> calls;
  for (int i = 0; i < 6; ++i) calls.push_back(found(work));
  time.run(gather(std::move(calls), {.max_concurrency = 2}));
  EXPECT_EQ(work.alive().now, 0);
}

struct outcome {
  int told = 0;
  std::exception_ptr error;
};

awaitable<void> emits(asio::cancellation_signal& signal) {
  signal.emit(asio::cancellation_type::terminal);
  co_return;
}

TEST(SelfCancel, OfARunThatNeverWaited) {
  asio::io_context loop;
  asio::cancellation_signal signal;
  outcome ended;
  asio::co_spawn(loop, detail::enter_run(emits(signal)),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
                   ++ended.told;
                   ended.error = error;
                 }));
  EXPECT_NO_THROW(loop.run());
  EXPECT_EQ(ended.told, 1);
}

TEST(SelfCancel, OfAnOffloadedCoroutineThatNeverWaited) {
  asio::io_context loop;
  asio::cancellation_signal signal;
  outcome ended;
  auto body = [&signal] { return emits(signal); };
  // There is the loop itself: who emits the signal is where it is used.
  auto call = offload(asio::any_io_executor(loop.get_executor()), body);
  asio::co_spawn(loop, std::move(call),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
                   ++ended.told;
                   ended.error = error;
                 }));
  EXPECT_NO_THROW(loop.run());
  EXPECT_EQ(ended.told, 1);
  ASSERT_TRUE(ended.error);
  EXPECT_THROW(std::rethrow_exception(ended.error), CancelledError);
}

}  // namespace
}  // namespace corochain::self_cancel_test
