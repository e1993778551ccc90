// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/blocking_loop.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <corochain/corochain.hpp>
#include <memory>
#include <optional>
#include <stdexcept>

#include "concurrency/loop_use.hpp"
#include "support/wait_forever.hpp"

namespace corochain::blocking_loop_test {
namespace {
namespace asio = boost::asio;

void stray() { throw std::runtime_error("a stray handler"); }

awaitable<void> waits_beside_a_stray_one(int& alive) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::post(here, stray);
  co_await test::wait_forever(alive);
}
awaitable<asio::any_io_executor> where() { co_return co_await asio::this_coro::executor; }
awaitable<int> one() { co_return 1; }

int one_on(detail::blocking_loop& loop) {
  std::optional<int> value;
  loop.run(detail::keep(one(), value));
  return *value;
}

TEST(BlockingLoop, a_stray_exception_leaves_after_the_coroutine) {
  detail::blocking_loop loop;
  for (int i = 0; i < 3; ++i) {
    {
      int alive = 0;
      EXPECT_THROW(loop.run(waits_beside_a_stray_one(alive)), std::runtime_error);
      EXPECT_EQ(alive, 0);
    }
    EXPECT_EQ(one_on(loop), 1);
  }
}

TEST(BlockingLoop, a_stray_handler_between_two_uses_spoils_nothing) {
  detail::blocking_loop loop;
  std::optional<asio::any_io_executor> there;
  loop.run(detail::keep(where(), there));
  asio::post(*there, stray);
  EXPECT_THROW(one_on(loop), std::runtime_error);
  EXPECT_EQ(one_on(loop), 1);
  EXPECT_EQ(run(one()), 1);
}

TEST(BlockingLoop, given_back_late_it_says_that_its_use_is_over) {
  const auto uses = std::make_shared<int>(0);  // the thread keeps the loop, and the action with it
  {
    detail::blocking_loop loop;
    std::optional<asio::any_io_executor> there;
    loop.run(detail::keep(where(), there));
    detail::loop_use::when_over(asio::query(*there, asio::execution::context), [uses] { ++*uses; });
    asio::steady_timer outstanding(*there, asio::steady_timer::time_point::max());
    outstanding.async_wait([](const boost::system::error_code&) {});
    EXPECT_EQ(one_on(loop), 1);
    EXPECT_EQ(*uses, 0) << "work of this use still waits";
  }
  EXPECT_EQ(*uses, 1);
}

TEST(BlockingLoop, a_stray_exception_in_run_ends_the_coroutine) {
  int alive = 0;
  EXPECT_THROW(run(waits_beside_a_stray_one(alive)), std::runtime_error);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(run(one()), 1);
}

}  // namespace
}  // namespace corochain::blocking_loop_test
