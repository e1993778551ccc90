// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/async_event.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <thread>

#include "corochain/concurrency/detail/enter_run.hpp"

namespace corochain::async_event_test {
namespace {
namespace asio = boost::asio;
using detail::async_event;

awaitable<void> wait_for(std::shared_ptr<async_event> event) { co_await async_event::wait(event); }

TEST(AsyncEvent, wakes_who_waits) {
  asio::io_context loop;
  const auto event = std::make_shared<async_event>();
  bool woken = false;
  asio::co_spawn(loop, wait_for(event), [&](std::exception_ptr error) { woken = !error; });
  loop.poll();
  EXPECT_FALSE(woken);
  EXPECT_TRUE(event->fire());
  EXPECT_FALSE(event->fire());
  loop.restart();
  loop.poll();
  EXPECT_TRUE(woken);
}

/// The loop may end while another thread fires: either the handler is posted before, or it is gone.
TEST(AsyncEvent, may_be_fired_while_the_loop_of_who_waits_ends) {
  for (int i = 0; i < 500; ++i) {
    auto event = std::make_shared<async_event>();
    std::optional<asio::io_context> loop(std::in_place);
    asio::co_spawn(*loop, detail::enter_run(wait_for(event)), asio::detached);
    loop->poll();
    std::atomic<bool> ready{false};
    std::thread other([&ready, fired = std::move(event)]() mutable {
      ready = true;
      fired->fire();
      fired = nullptr;
    });
    while (!ready) std::this_thread::yield();
    loop.reset();
    other.join();
  }
}

}  // namespace
}  // namespace corochain::async_event_test
