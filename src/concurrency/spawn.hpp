// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

/// Cancels a child without cancelling its waiter. Used on one executor.
class child_stop {
 public:
  child_stop() = default;
  /// Stops by `stop` work that is no child, as the coroutine that awaits it runs it itself.
  explicit child_stop(std::function<void()> stop) : emit_(std::move(stop)) {}
  /// Cancels the child that runs with this, if there is one.
  void request() {
    const auto emit = emit_;
    if (emit) emit();
  }

 private:
  friend struct start_child;
  std::function<void()> emit_;
};

/// Runs `body` on `executor`, waits for its end and throws its exception.
///
/// Cancellation of the waiting coroutine first calls `on_cancel` (if any) at once, on the executor that emits
/// the signal. Then it reaches `body` on the executor of `body`, with whatever type of cancellation the
/// waiting coroutine lets through. Unlike with `co_spawn` of Boost 1.81, a signal that is still on its way
/// when `body` ends finds its target alive. A request of `stop` does the same, except that the waiting
/// coroutine itself is not cancelled.
///
/// `ended`, if given, is set with the frame of `body`, however `body` ends, and before the waiter is resumed.
awaitable<void> spawn_and_wait(boost::asio::any_io_executor executor, awaitable<void> body,
                               std::function<void()> on_cancel = nullptr,
                               std::shared_ptr<child_stop> stop = nullptr,
                               std::shared_ptr<std::atomic<bool>> ended = nullptr);

}  // namespace corochain::detail
