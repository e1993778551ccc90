// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <vector>

#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

// Coroutines that cancel themselves before they have waited.

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

TEST(SelfCancel, of_a_task_group_by_a_child_that_never_waited) {
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

TEST(SelfCancel, leaves_the_other_fan_outs_of_the_run_their_places) {
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

TEST(SelfCancel, of_a_run_that_never_waited) {
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

TEST(SelfCancel, of_an_offloaded_coroutine_that_never_waited) {
  asio::io_context loop;
  asio::cancellation_signal signal;
  outcome ended;
  auto body = [&signal] { return emits(signal); };
  // On the loop itself: the signal is emitted where it is used.
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

awaitable<void> forever(int& alive) { co_await test::wait_forever(alive); }

awaitable<void> gathers_its_cancel(asio::cancellation_signal& signal, int& alive) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);  // from here on a cancel reaches this coroutine
  std::vector<awaitable<void>> calls;
  calls.push_back(emits(signal));
  calls.push_back(forever(alive));
  co_await gather(std::move(calls));
}

TEST(SelfCancel, of_the_caller_by_its_first_child_before_it_waits) {
  int alive = 0;
  outcome ended;
  asio::io_context loop;
  asio::cancellation_signal signal;
  asio::co_spawn(loop, gathers_its_cancel(signal, alive),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
                   ++ended.told;
                   ended.error = error;
                 }));
  loop.poll();  // an endless wait is no handler that is ready
  EXPECT_EQ(ended.told, 1);
  EXPECT_EQ(alive, 0);
  ASSERT_TRUE(ended.error);
  EXPECT_THROW(std::rethrow_exception(ended.error), CancelledError);
}

awaitable<void> notes_begin(bool& begun, int& alive) {
  begun = true;
  co_await test::wait_forever(alive);
}

TEST(SelfCancel, of_children_that_were_started_but_have_not_begun) {
  int alive = 0;
  bool begun = false, ended = false;
  asio::io_context loop;
  auto main = [](bool& child_begun, int& count) -> awaitable<void> {
    task_group group(co_await asio::this_coro::executor);
    group.spawn(notes_begin(child_begun, count));
    group.cancel();
    co_await group.join();
  };
  // On such an executor a child begins in a handler of its own, which runs after that of the cancel.
  const asio::any_io_executor posts = asio::require(loop.get_executor(), asio::execution::blocking.never);
  asio::co_spawn(posts, main(begun, alive), [&](std::exception_ptr error) { ended = !error; });
  loop.poll();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(begun);
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace corochain::self_cancel_test
