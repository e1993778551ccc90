// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <exception>
#include <memory>

namespace corochain::detail {

/// Something that may end work early and knows why: a time limit, the `until` around the work, or the signals
/// of `run`. The context of the work points to it. Whoever stops the work calls `request` first and cancels
/// then, so that what the cancel reaches can ask for the cause. A cancel that Asio brings from outside of the
/// run has none of these.
///
/// Requested once, on the run's executor. The questions may be asked by any thread.
class run_stop {
 public:
  /// `around` is the stop in the context around the work, null if there is none.
  explicit run_stop(std::shared_ptr<const run_stop> around) noexcept;

  /// Ends the work below for `cause`. With `keeps_results` a fan-out below that stores failures returns the
  /// results that it has, instead of the cancel. Only the first request counts.
  void request(std::exception_ptr cause, bool keeps_results) noexcept;

  /// The innermost one that was requested, of `stop` and those around it. Null if none was.
  static const run_stop* requested(const std::shared_ptr<const run_stop>& stop) noexcept;
  /// Whether a cancel below `stop` lets fan-outs return the results that they have.
  static bool keeps_results(const std::shared_ptr<const run_stop>& stop) noexcept;

  /// For a stop that was requested.
  const std::exception_ptr& cause() const noexcept { return cause_; }

 private:
  const std::shared_ptr<const run_stop> around_;
  // Both are written before the flag and not changed afterwards.
  std::exception_ptr cause_;
  bool keeps_results_ = false;
  std::atomic<bool> requested_{false};
};

/// Whether `error` is a cancel in corochain's or in Asio's words.
bool is_cancellation(const std::exception_ptr& error) noexcept;

}  // namespace corochain::detail
