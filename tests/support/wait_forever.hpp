// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/core/awaitable.hpp>

namespace corochain::test {

/// Waits until it is cancelled or destroyed. `alive` counts the frames that exist.
inline awaitable<int> wait_forever(int& alive) {
  struct count {
    explicit count(int& counted) : n(counted) { ++n; }
    ~count() { --n; }
    int& n;
  } here(alive);
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, boost::asio::steady_timer::time_point::max());
  co_await timer.async_wait(boost::asio::use_awaitable);
  co_return 0;
}

}  // namespace corochain::test
