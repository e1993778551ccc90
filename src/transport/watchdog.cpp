// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/watchdog.hpp"

namespace corochain::transport {

watchdog::watchdog(const boost::asio::any_io_executor& executor, std::weak_ptr<abortable> guarded)
    : timer_(executor), guarded_(std::move(guarded)) {}

void watchdog::guard(Phase phase, clock::time_point limit) {
  phase_ = phase;
  limit_ = limit;
  if (limit_ < armed_for_) arm();
}

void watchdog::rest() noexcept {
  phase_ = Phase::none;
  limit_ = armed_for_ = clock::time_point::max();
  timer_.cancel();
}

void watchdog::stop() noexcept {
  stopped_ = true;
  guarded_.reset();
  timer_.cancel();
}

void watchdog::arm() {
  armed_for_ = limit_;
  timer_.expires_at(limit_);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self || self->stopped_ || self->limit_ == clock::time_point::max()) return;
    if (clock::now() < self->limit_) return self->arm();  // the limit was moved on meanwhile
    self->expired_in_ = self->phase_;
    self->stopped_ = true;
    if (const auto late = self->guarded_.lock()) late->abort();
  });
}

}  // namespace corochain::transport
