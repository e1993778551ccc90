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
/// It replaces a timer for each phase: setting a later limit costs no timer operation.
class watchdog : public std::enable_shared_from_this<watchdog> {
 public:
  using clock = std::chrono::steady_clock;

  /// `serial` is the executor on which it is used.
  watchdog(const boost::asio::any_io_executor& serial, std::weak_ptr<abortable> guarded);

  void guard(Phase phase, clock::time_point limit);
  /// Nothing is limited and no timer is outstanding until the next `guard`.
  void rest() noexcept;
  void stop() noexcept;
  /// `Phase::none` while no limit has passed.
  Phase expired_in() const noexcept { return expired_in_; }

 private:
  void arm();
  void look();

  boost::asio::any_io_executor serial_;
  boost::asio::steady_timer timer_;
  std::weak_ptr<abortable> guarded_;
  Phase phase_ = Phase::none;
  Phase expired_in_ = Phase::none;
  clock::time_point limit_ = clock::time_point::max();
  clock::time_point armed_for_ = clock::time_point::max();
  bool stopped_ = false;
};

}  // namespace corochain::transport
