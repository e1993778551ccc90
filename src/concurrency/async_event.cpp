// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/async_event.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace corochain::detail {
namespace asio = boost::asio;

async_event::~async_event() {
  if (registry_) registry_->remove(entry_);
}

bool async_event::fire(const std::function<void()>& before) noexcept {
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

void async_event::keep(stored_handler handler, asio::execution_context& context) {
  registry_ = shutdown_registry::of(context);
  entry_ = registry_->add(weak_from_this());
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
  if (fired_) handler_.fire();
}

void async_event::context_ended() noexcept {
  const auto self = shared_from_this();
  const std::lock_guard telling(telling_);
  stored_handler dropped;
  const std::lock_guard lock(mutex_);
  fired_ = true;
  std::swap(dropped, handler_);
}

namespace {
struct keep_handler {
  template <class Handler>
  void operator()(Handler handler, std::shared_ptr<async_event> event,
                  std::function<void()> on_cancel) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected())
      slot.assign([weak = std::weak_ptr<async_event>(event),
                   on_cancel = std::move(on_cancel)](asio::cancellation_type) {
        if (on_cancel) on_cancel();
        if (const auto target = weak.lock()) target->fire();
      });
    auto& context = asio::query(asio::get_associated_executor(handler), asio::execution::context);
    event->keep(stored_handler(std::move(handler)), context);
  }
};
}  // namespace

awaitable<void> async_event::wait(std::shared_ptr<async_event> event, std::function<void()> on_cancel) {
  auto operation = asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      keep_handler(), asio::use_awaitable, event, std::move(on_cancel));
  co_await std::move(operation);
}

}  // namespace corochain::detail
