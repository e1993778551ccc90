// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/async_event.hpp"

#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

namespace corochain::detail {
namespace asio = boost::asio;

bool async_event::fire(const std::function<void()>& before) noexcept {
  // The waiter may be the last owner, and its frame may be gone before this returns.
  const auto self = shared_from_this();
  const std::lock_guard telling(telling_);
  stored_handler handler;
  if (!fire(before, handler)) return false;
  // Fired without the other lock: an executor that is gone destroys the handler at once.
  if (handler) handler.fire();
  return true;
}

bool async_event::fire(const std::function<void()>& before, stored_handler& waiting) noexcept {
  const std::lock_guard lock(mutex_);
  if (fired_) return false;
  fired_ = true;
  if (before) before();
  std::swap(waiting, handler_);
  return true;
}

bool async_event::fired() const noexcept {
  const std::lock_guard lock(mutex_);
  return fired_;
}

void async_event::context_ended() noexcept {
  const auto self = shared_from_this();
  const std::lock_guard telling(telling_);
  // Declared before the lock, and so destroyed after it: the frames may ask the event.
  stored_handler dropped;
  const std::lock_guard lock(mutex_);
  fired_ = true;
  std::swap(dropped, handler_);
}

void async_event::keep(stored_handler handler, asio::execution_context& context) {
  listen_to(context, weak_from_this());
  // The event may have happened before the wait, or while the coroutine was about to be suspended.
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
  if (fired_) handler_.fire();
}

awaitable<void> async_event::wait(std::shared_ptr<async_event> event, std::function<void()> on_cancel) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  auto operation = suspend(
      [event, here](stored_handler handler) {
        event->keep(std::move(handler), asio::query(here, asio::execution::context));
      },
      [weak = std::weak_ptr<async_event>(event), on_cancel = std::move(on_cancel)] {
        if (on_cancel) on_cancel();
        if (const auto target = weak.lock()) target->fire();
      });
  co_await std::move(operation);
}

}  // namespace corochain::detail
