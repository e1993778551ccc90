// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "corochain/core/error.hpp"
#include "transport/abortable.hpp"

namespace corochain::transport {

/// One timer over all phases of an exchange. Each phase sets its limit. When a limit passes, the guarded
/// object is aborted, once, unless it goes on. `expired_in()` is the phase.
///
/// It replaces a timer for each phase: setting a later limit costs no timer operation. The timer that is
/// under way finds out that the limit was moved, and is set again. Each exchange has one, shared with its
/// timer's handler only.
class watchdog : public std::enable_shared_from_this<watchdog> {
 public:
  using clock = std::chrono::steady_clock;

  /// `serial` is the executor on which it is used.
  watchdog(const boost::asio::any_io_executor& serial, std::weak_ptr<abortable> guarded);

  /// Sets the limit of the phase that begins. It replaces the one before.
  void guard(Phase phase, clock::time_point limit);
  /// Nothing is limited and no timer is outstanding until the next `guard`.
  void rest() noexcept;
  /// Nothing is limited any more.
  void stop() noexcept;
  /// `Phase::none` while no limit has passed.
  Phase expired_in() const noexcept { return expired_in_; }

 private:
  /// Sets the timer to the limit.
  void arm();
  /// Called when the timer has run: aborts the guarded object if the limit has passed.
  void look();

  boost::asio::any_io_executor serial_;
  boost::asio::steady_timer timer_;
  std::weak_ptr<abortable> guarded_;
  Phase phase_ = Phase::none;
  Phase expired_in_ = Phase::none;
  clock::time_point limit_ = clock::time_point::max();
  // The time that the timer is set to; the maximum if none is outstanding.
  clock::time_point armed_for_ = clock::time_point::max();
  bool stopped_ = false;
};

}  // namespace corochain::transport
