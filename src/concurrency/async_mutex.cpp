// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/async_mutex.hpp"

#include <utility>

#include "corochain/core/error.hpp"

namespace corochain::detail {

awaitable<async_mutex::lock> async_mutex::acquire(std::shared_ptr<async_mutex> mutex) {
  std::shared_ptr<waiter> mine;
  {
    const std::lock_guard guard(mutex->mutex_);
    if (mutex->locked_) {
      mine = std::make_shared<waiter>();
      mine->position = mutex->waiting_.insert(mutex->waiting_.end(), mine);
      mine->queued = true;
    }
    mutex->locked_ = true;
  }
  if (!mine) co_return lock(mutex);
  // However the wait ends, a lock that was granted is used or handed on.
  struct hand_on {
    explicit hand_on(std::shared_ptr<async_mutex> to, std::shared_ptr<waiter> of)
        : at(std::move(to)), held(std::move(of)) {}
    ~hand_on() {
      // Fired first, so that the lock cannot be granted any more.
      held->event->fire();
      {
        const std::lock_guard guard(at->mutex_);
        if (std::exchange(held->queued, false)) at->waiting_.erase(held->position);
      }
      if (held->granted) at->unlock();
    }
    std::shared_ptr<async_mutex> at;
    std::shared_ptr<waiter> held;
  } const guard(mutex, mine);
  co_await async_event::wait(mine->event);
  if (mine->error) std::rethrow_exception(mine->error);
  if (!mine->granted) throw CancelledError("the call was cancelled while it waited for its turn");
  mine->granted = false;
  co_return lock(mutex);
}

std::size_t async_mutex::waiting() const {
  const std::lock_guard guard(mutex_);
  return waiting_.size();
}

void async_mutex::unlock() noexcept {
  // No waiter is woken under the guard: it may call this again.
  for (;;) {
    std::shared_ptr<waiter> next;
    {
      const std::lock_guard guard(mutex_);
      if (waiting_.empty()) {
        locked_ = false;
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
      next->queued = false;
    }
    if (next->event->fire([&] { next->granted = true; })) return;
  }
}

void async_mutex::fail_waiting(const std::exception_ptr& error) noexcept {
  std::list<std::shared_ptr<waiter>> all;
  {
    const std::lock_guard guard(mutex_);
    all.swap(waiting_);
    for (const auto& each : all) each->queued = false;
  }
  for (const auto& each : all) each->event->fire([&] { each->error = error; });
}

std::shared_ptr<async_mutex> context_mutexes::of(boost::asio::execution_context& context) {
  const std::lock_guard guard(mutex_);
  std::erase_if(made_, [](const auto& each) { return each.second.expired(); });
  auto& known = made_[&context];
  auto found = known.lock();
  if (!found) known = found = std::make_shared<async_mutex>();
  return found;
}

std::size_t context_mutexes::size() const {
  const std::lock_guard guard(mutex_);
  return made_.size();
}

}  // namespace corochain::detail
