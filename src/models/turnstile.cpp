// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/turnstile.hpp"

#include "corochain/core/error.hpp"

namespace corochain::models {

awaitable<turnstile::pass> turnstile::enter(std::shared_ptr<turnstile> through) {
  std::shared_ptr<ticket> mine;
  {
    const std::lock_guard lock(through->mutex_);
    if (through->taken_) {
      mine = std::make_shared<ticket>();
      through->waiting_.push_back(mine);
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
      if (held->granted) at->leave();
    }
    std::shared_ptr<turnstile> at;
    std::shared_ptr<ticket> held;
  } const guard(through, mine);
  co_await detail::one_shot_event::wait(mine->event);
  if (!mine->granted) throw CancelledError("the call was cancelled while it waited for its turn");
  mine->granted = false;
  co_return pass(through);
}

void turnstile::leave() noexcept {
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty()) {
    const auto next = waiting_.front().lock();
    waiting_.pop_front();
    if (next && next->event->fire([&] { next->granted = true; })) return;
  }
  taken_ = false;
}

std::shared_ptr<turnstile> turnstiles::of(boost::asio::execution_context& context) {
  const std::lock_guard lock(mutex_);
  std::erase_if(made_, [](const auto& each) { return each.second.expired(); });
  auto& known = made_[&context];
  auto found = known.lock();
  if (!found) known = found = std::make_shared<turnstile>();
  return found;
}

}  // namespace corochain::models
