// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/core/awaitable.hpp>

namespace corochain::test {

/// Counts itself in `alive` while it exists. In a coroutine frame it shows that the frame exists. `alive` is
/// an int or an atomic int.
template <class Count>
class presence {
 public:
  explicit presence(Count& alive) : alive_(alive) { ++alive_; }
  ~presence() { --alive_; }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;

 private:
  Count& alive_;
};

/// Waits until it is cancelled, and then takes some turns of the loop to end.
inline awaitable<void> stop_slowly() {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  boost::asio::steady_timer timer(here, boost::asio::steady_timer::time_point::max());
  boost::system::error_code ignored;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  for (int i = 0; i < 20; ++i) co_await boost::asio::post(here, boost::asio::use_awaitable);
}

}  // namespace corochain::test
