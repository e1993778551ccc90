// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <algorithm>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "concurrency/fan_out.hpp"
#include "corochain/core/error.hpp"

// The half of the engine that keeps the books of the budget: who holds a place, who lends it, who gave it back.

namespace corochain::detail {
namespace asio = boost::asio;

bool fan_out::wants_child() const noexcept {
  return !stopping_ && !exhausted_ && (!options_.grows || work_->has_next()) &&
         (options_.max_unread == 0 || unread_ < options_.max_unread) && work_->may_draw() &&
         !too_many_parked();
}

/// Of inputs that are drawn: the children that wait without a place would else come to be all that there are.
bool fan_out::too_many_parked() const noexcept {
  constexpr std::size_t fewest = 16;  // so that those of a small budget find others to use it
  return options_.draws && limits_ && parked_ >= std::max(limits_->max, fewest);
}

bool fan_out::wants_place() const noexcept {
  return wants_child() || !homecomers_.empty() || parent_needs_place();
}

bool fan_out::take_place_for_child() {
  limit* const own = options_.max_concurrency > 0 ? limits_.get() : nullptr;
  if (own && own->in_use >= own->max) return false;
  if (limit* const outer = parent_->limits.get()) {
    task_permit* const permit = parent_->permit.get();
    if (!borrowed_ && waiting_ != wait_kind::none && !ready() && permit && permit->at_home &&
        !permit->parked) {
      permit->at_home = false;
      borrowed_ = true;
    }
    const bool parents_place_is_free = borrowed_ && active() == extras_ && !ready();
    if (!parents_place_is_free) {
      if (!has_room(outer)) return false;
      take_place(outer);
      ++extras_;
    }
  }
  if (own) ++own->in_use;
  return true;
}

/// Gives back the places that no running child needs. The place that the parent lent goes back first when the parent
/// has reason to go on.
void fan_out::settle_places() {
  if (!parent_->limits) return;
  if (borrowed_ && extras_ >= active() && (ready() || waiting_ == wait_kind::none)) {
    borrowed_ = false;
    parent_->permit->at_home = true;
  }
  const std::size_t needed = active() - std::min<std::size_t>(active(), borrowed_ ? 1 : 0);
  while (extras_ > needed) {
    --extras_;
    give_place(parent_->limits.get());
  }
}

// ---- places given back

/// A child, in work under `task`, waits for somebody who is no child of its own. What it has lent stays lent.
void fan_out::park(const run_context& task) {
  const auto& permit = task.permit;
  if (stopping_ || permit->placeless || !permit->at_home) return;
  permit->parked = permit->placeless = true;
  permit->within = task.limits;
  give_place(task.limits.get(), limits_.get());  // of the limits that it has set for itself
  ++parked_;
  if (options_.max_concurrency > 0) --limits_->in_use;
  settle_places();
  parent_->run->places.serve();
  pump();
}

/// The child goes on as soon as it has a place. When all are cancelled it goes on at once: it has to end.
void fan_out::unpark(homecomer who) {
  if (!who.permit->parked) return resume(who);
  homecomers_.push_back(std::move(who));
  if (stopping_)
    while (!homecomers_.empty()) let_home(homecomers_.front().permit);
  else
    pump();
}

/// The oldest for whom there would be room in the limits that it has set for itself, where what it started may run.
std::list<fan_out::homecomer>::iterator fan_out::first_with_room() noexcept {
  return std::find_if(homecomers_.begin(), homecomers_.end(), [this](const homecomer& who) {
    return has_room(who.permit->within.get(), limits_.get());
  });
}

/// Lets a task go on, for which a place was taken here if this is not the end.
void fan_out::let_home(const std::shared_ptr<task_permit>& of) {
  const auto permit = of;  // who knows it leaves the list
  permit->parked = false;
  if (!stopping_) {
    permit->placeless = false;
    --parked_;
    take_place(permit->within.get(), limits_.get());
  }
  permit->within = nullptr;
  std::list<homecomer> all;  // of one task, if it waits in two places
  for (auto each = homecomers_.begin(); each != homecomers_.end();) {
    const auto next = std::next(each);
    if (each->permit == permit) all.splice(all.end(), homecomers_, each);
    each = next;
  }
  for (const auto& each : all) resume(each);
}

void fan_out::resume(const homecomer& who) {
  if (const auto& task = who.task) {
    task->over = true;
    if (task->handler) task->handler.fire();
  } else if (const auto engine = who.children.lock()) {
    engine->parent_is_back();
  }
}

void fan_out::drop_homecomers() noexcept {
  const auto all = std::exchange(homecomers_, {});
  for (const auto& each : all)
    if (each.task) each.task->handler.drop();
}

/// All children wait for others: the place of the parent, which waits for them, is of use to nobody here.
void fan_out::park_idle_parent() {
  const auto& permit = parent_->permit;
  if (!permit || waiting_ == wait_kind::none || ready() || running_ == 0 || active() > 0) return;
  if (!homecomers_.empty() || permit->placeless) return;
  const auto home = permit->of.lock();
  if (!home || home->stopping_) return;
  if (std::exchange(borrowed_, false)) permit->at_home = true;
  home->park(*parent_);
}

void fan_out::parent_is_back() {
  asks_for_parent_ = false;
  maybe_wake();  // unless a cancel came meanwhile: then it waits on, with its place
}

// ---- children that queue results while they run

bool fan_out::add_unread() {
  if (stopping_) return false;
  ++unread_;
  pump();
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
  const auto home = task->permit ? task->permit->of.lock() : nullptr;
  if (home)
    home->unpark({task->permit, task, {}});
  else
    resume({nullptr, task, {}});
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
  // The place must be there again before this ends, cancelled or not: no await in here may throw.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto cancellation = co_await asio::this_coro::cancellation_state;
  const bool cancelled = cancellation.cancelled() != asio::cancellation_type::none;
  if (!cancelled && !stream->stopping_ && !stream->drained(for_request)) {
    auto task = std::make_shared<pause>();
    task->for_request = for_request;
    if (place.context) task->permit = place.context->permit;
    stream->pauses_.push_back(task);
    if (const auto home = task->permit ? task->permit->of.lock() : nullptr) home->park(*place.context);
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
