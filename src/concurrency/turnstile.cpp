// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/turnstile.hpp"

#include <utility>

#include "corochain/core/error.hpp"

namespace corochain::detail {

awaitable<turnstile::pass> turnstile::enter(std::shared_ptr<turnstile> through) {
  std::shared_ptr<ticket> mine;
  {
    const std::lock_guard lock(through->mutex_);
    if (through->taken_) {
      mine = std::make_shared<ticket>();
      mine->place = through->waiting_.insert(through->waiting_.end(), mine);
      mine->queued = true;
    }
    through->taken_ = true;
  }
  if (!mine) co_return pass(through);
  // Whatever ends the wait: a turn that was granted is used or handed on.
  struct hand_on {
    explicit hand_on(std::shared_ptr<turnstile> to, std::shared_ptr<ticket> of)
        : at(std::move(to)), held(std::move(of)) {}
    ~hand_on() {
      held->event->fire();  // from now on it cannot be granted
      {
        const std::lock_guard lock(at->mutex_);
        if (std::exchange(held->queued, false)) at->waiting_.erase(held->place);
      }
      if (held->granted) at->leave();
    }
    std::shared_ptr<turnstile> at;
    std::shared_ptr<ticket> held;
  } const guard(through, mine);
  co_await async_event::wait(mine->event);
  if (mine->error) std::rethrow_exception(mine->error);
  if (!mine->granted) throw CancelledError("the call was cancelled while it waited for its turn");
  mine->granted = false;
  co_return pass(through);
}

std::size_t turnstile::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::shared_ptr<turnstile::ticket> turnstile::pop() {
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  first->queued = false;
  return first;
}

void turnstile::leave() noexcept {
  for (;;) {  // nobody is woken with the lock: what wakes may come back here
    std::shared_ptr<ticket> next;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        taken_ = false;
        return;
      }
      next = pop();
    }
    if (next->event->fire([&] { next->granted = true; })) return;
  }
}

void turnstile::fail_waiting(const std::exception_ptr& error) noexcept {
  std::list<std::shared_ptr<ticket>> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(waiting_);
    for (const auto& each : all) each->queued = false;
  }
  for (const auto& each : all) each->event->fire([&] { each->error = error; });
}

std::shared_ptr<turnstile> turnstiles::of(boost::asio::execution_context& context) {
  const std::lock_guard lock(mutex_);
  std::erase_if(made_, [](const auto& each) { return each.second.expired(); });
  auto& known = made_[&context];
  auto found = known.lock();
  if (!found) known = found = std::make_shared<turnstile>();
  return found;
}

std::size_t turnstiles::size() const {
  const std::lock_guard lock(mutex_);
  return made_.size();
}

}  // namespace corochain::detail
