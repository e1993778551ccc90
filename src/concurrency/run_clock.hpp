// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

struct run_context;

/// The clock of a run, in place of `std::chrono::steady_clock`: time limits, the waits before retries and the
/// pauses of a deployment read it and wait on it. Sockets and the times in records stay on the real clock.
///
/// A run takes it from the loop that it begins on. Its points in time are those of `steady_clock` when the
/// clock is made, so that both may be compared; later it is ahead or behind. Used on the run's executor.
class COROCHAIN_EXPORT run_clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~run_clock();
  virtual time_point now() const noexcept = 0;
  /// Calls `then` once, when `due` has come. Destroying the entry that it returns takes the call back.
  virtual std::shared_ptr<void> call_at(time_point due, std::function<void()> then) = 0;
};

/// The point in time `length` after `time`. `time_point::max()`, which never comes, if that is too far away
/// for the clock.
inline run_clock::time_point later(run_clock::time_point time,
                                   std::chrono::steady_clock::duration length) noexcept {
  return length < run_clock::time_point::max() - time ? time + length : run_clock::time_point::max();
}

/// The present time in the run of `context`.
run_clock::time_point now_in(const run_context& context) noexcept;

/// A timer on the clock of a run. Used on the run's executor.
class run_timer {
 public:
  explicit run_timer(const run_context& context);

  /// Calls `then` on the run's executor when `due` has come. A call that is on its way cannot be taken back,
  /// as with Asio's timers, so `then` holds its target weakly. Call it again only after the call or `cancel`.
  template <class Then>
  void call_at(run_clock::time_point due, Then then) {
    if (clock_) {
      entry_ = clock_->call_at(
          due, [serial = timer_.get_executor(), then = std::move(then)] { boost::asio::post(serial, then); });
      return;
    }
    timer_.expires_at(due);
    timer_.async_wait([then = std::move(then)](boost::system::error_code error) {
      if (!error) then();
    });
  }
  void cancel() noexcept;

 private:
  boost::asio::steady_timer timer_;
  // Null for the real clock.
  std::shared_ptr<run_clock> clock_;
  std::shared_ptr<void> entry_;
};

/// Waits on `clock`, or on the real clock if it is null, until `due` has come. False if the awaiting
/// coroutine was cancelled before that.
COROCHAIN_EXPORT awaitable<bool> sleep_until(std::shared_ptr<run_clock> clock, run_clock::time_point due);
/// Waits for `length` on the clock of the run of `context`. False if the awaiting coroutine was cancelled
/// before that.
COROCHAIN_EXPORT awaitable<bool> sleep_for(const call_context& context,
                                           std::chrono::steady_clock::duration length);

/// An executor over `loop`, which one thread runs. The runs that begin on it have `clock`.
COROCHAIN_EXPORT boost::asio::any_io_executor executor_with(const boost::asio::any_io_executor& loop,
                                                            std::shared_ptr<run_clock> clock);

}  // namespace corochain::detail
