// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "concurrency/fan_out.hpp"

namespace corochain::detail {
namespace asio = boost::asio;
namespace {

struct store_homecomer {
  template <class Handler>
  void operator()(Handler handler, const std::shared_ptr<pause>& task) const {
    task->handler = stored_handler(std::move(handler));
  }
};

}  // namespace

awaitable<void> fan_out::without_place(call_context context, awaitable<void> wait) {
  const auto permit = context.state()->permit;
  const auto home = permit ? permit->of.lock() : nullptr;
  if (home) home->park(*context.state());
  if (!home || !permit->parked) {
    co_await std::move(wait);
    co_return;
  }
  std::exception_ptr error;
  try {
    co_await std::move(wait);
  } catch (...) {
    error = std::current_exception();
  }
  // The place must be there again before this ends, cancelled or not: no await from here on may throw.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto task = std::make_shared<pause>();
  task->permit = permit;
  home->unpark({permit, task, {}});
  if (!task->over) {
    auto operation = asio::async_initiate<const asio::use_awaitable_t<>, void()>(store_homecomer(),
                                                                                 asio::use_awaitable, task);
    co_await std::move(operation);
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (error) std::rethrow_exception(error);
}

}  // namespace corochain::detail
