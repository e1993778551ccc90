// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/permit_wait.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>

#include "concurrency/run_context.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

awaitable<void> without_permit(call_context context, awaitable<void> wait) {
  const held_permit held = permit_in(*context.state());
  const auto budget = held.permit ? held.permit->of.lock() : nullptr;
  if (budget) budget->release(held);
  // Without a limit, or in a scope that stops, there is nothing to release. Neither is there in a task whose
  // permit a child has borrowed.
  if (!budget || !held.permit->released) {
    co_await std::move(wait);
    co_return;
  }
  std::exception_ptr error;
  try {
    co_await std::move(wait);
  } catch (...) {
    error = std::current_exception();
  }
  // There must be a permit again before this ends, cancelled or not: no await from here on may throw.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto task = std::make_shared<permit_wait>();
  budget->reacquire(held.permit, task);
  // Often there is room at once, and nothing has to be suspended.
  if (!task->over) {
    auto operation = suspend([task](stored_handler handler) { task->handler = std::move(handler); });
    co_await std::move(operation);
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (error) std::rethrow_exception(error);
}

}  // namespace corochain::detail
