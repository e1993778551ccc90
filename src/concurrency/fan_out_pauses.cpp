// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "concurrency/fan_out.hpp"
#include "corochain/core/error.hpp"

// Children that queue results while they run, and wait until the consumer has taken them.

namespace corochain::detail {
namespace asio = boost::asio;

bool fan_out::add_unread() {
  if (stopping_) return false;
  ++unread_;
  budget_.start_children();
  return true;
}

bool fan_out::drained(bool for_request) const noexcept {
  return unread_ == 0 && (!for_request || waiting_ == wait_kind::for_one);
}

/// Lets those go on for whom the consumer has done what they wait for.
void fan_out::end_pauses() {
  std::list<std::shared_ptr<pause>> ended;
  for (auto each = pauses_.begin(); each != pauses_.end();) {
    const auto next = std::next(each);
    if (stopping_ || drained((*each)->for_request)) ended.splice(ended.end(), pauses_, each);
    each = next;
  }
  for (const auto& each : ended) end_pause(each);
}

void fan_out::end_pause(const std::shared_ptr<pause>& task) {
  if (std::exchange(task->left, true)) return;
  const auto budget = task->held.permit ? task->held.permit->of.lock() : nullptr;
  if (budget)
    budget->reacquire(task->held.permit, task);
  else
    task->resume();
}

void fan_out::cancel_pause(const std::shared_ptr<pause>& task) {
  if (task->left) return;
  pauses_.remove(task);
  end_pause(task);
}

struct fan_out::store_pause {
  template <class Handler>
  void operator()(Handler handler, const std::shared_ptr<fan_out>& engine,
                  const std::shared_ptr<pause>& task) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected())
      slot.assign([stream = std::weak_ptr<fan_out>(engine),
                   waiting = std::weak_ptr<pause>(task)](asio::cancellation_type) {
        const auto from = stream.lock();
        const auto paused = waiting.lock();
        if (from && paused) from->cancel_pause(paused);
      });
    task->handler = stored_handler(std::move(handler));
    if (task->over) task->handler.fire();
  }
};

awaitable<void> fan_out::until_drained(std::shared_ptr<fan_out> stream, bool for_request) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const run_place place = locate_run(here);
  if (!place.on_it || place.serial != stream->serial_)
    throw ConfigError(
        "a producer hands over outside the run that it was started in; use its outlet in its own coroutine, "
        "or in what that "
        "awaits without a strand or executor of its own");
  // The permit must be there again before this ends, cancelled or not: no await in here may throw.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto cancellation = co_await asio::this_coro::cancellation_state;
  const bool cancelled = cancellation.cancelled() != asio::cancellation_type::none;
  if (!cancelled && !stream->stopping_ && !stream->drained(for_request)) {
    auto task = std::make_shared<pause>();
    task->for_request = for_request;
    if (place.context) task->held = {place.context->limits, place.context->permit};
    stream->pauses_.push_back(task);
    if (const auto budget = task->held.permit ? task->held.permit->of.lock() : nullptr)
      budget->release(task->held);
    auto operation = asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        store_pause(), asio::use_awaitable, stream, task);
    co_await std::move(operation);
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  cancellation = co_await asio::this_coro::cancellation_state;
  if (stream->stopping_ || cancellation.cancelled() != asio::cancellation_type::none)
    throw CancelledError("the consumer of the results stopped");
}

}  // namespace corochain::detail
