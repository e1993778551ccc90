// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/watchdog.hpp"

#include <boost/asio/post.hpp>

#include "concurrency/run_context.hpp"

namespace corochain::transport {

watchdog::watchdog(const boost::asio::any_io_executor& serial, std::weak_ptr<abortable> guarded)
    : serial_(serial), timer_(detail::io_executor(serial)), guarded_(std::move(guarded)) {}

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

/// Nearly all timers are cancelled. Their handlers touch nothing, so they are not posted to `serial`.
void watchdog::arm() {
  armed_for_ = limit_;
  timer_.expires_at(limit_);
  timer_.async_wait([weak = weak_from_this(), serial = serial_](boost::system::error_code error) {
    if (error) return;
    boost::asio::post(serial, [weak] {
      if (const auto self = weak.lock()) self->look();
    });
  });
}

void watchdog::look() {
  if (stopped_) return;
  const auto now = clock::now();
  // The limit was moved to a later time while the timer ran.
  if (now < limit_) {
    if (armed_for_ > now) return;
    if (limit_ == clock::time_point::max())
      // Nothing is outstanding: the next limit arms it.
      armed_for_ = limit_;
    else
      arm();
    return;
  }
  const auto late = guarded_.lock();
  // Nothing is outstanding.
  armed_for_ = clock::time_point::max();
  if (late && late->goes_on(phase_)) return;
  expired_in_ = phase_;
  stopped_ = true;
  if (late) late->abort();
}

}  // namespace corochain::transport
