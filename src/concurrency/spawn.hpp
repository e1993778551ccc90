// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

/// Cancels a child without cancelling its waiter. Used on one executor.
class child_stop {
 public:
  /// Cancels the child that runs with this, if one does.
  void request() {
    const auto emit = emit_;
    if (emit) emit();
  }

 private:
  friend struct start_child;
  std::function<void()> emit_;
};

/// Runs `body` on `executor` and waits for its end, whose exception it throws.
///
/// Cancellation of the waiting coroutine first calls `on_cancel` (if any) at once, on the executor that emits the
/// signal, and then reaches `body` on its own executor, whatever type of cancellation it is that the waiting
/// coroutine lets through. Unlike `co_spawn` of Boost 1.81, a signal that is still on its way when `body` ends finds
/// its target alive. A request of `stop` does the same, but that the waiting coroutine itself is not cancelled.
///
/// With `ended`, whatever way `body` ends, that is set with its frame, before anybody is told.
awaitable<void> spawn_and_wait(boost::asio::any_io_executor executor, awaitable<void> body,
                               std::function<void()> on_cancel = nullptr,
                               std::shared_ptr<child_stop> stop = nullptr,
                               std::shared_ptr<std::atomic<bool>> ended = nullptr);

}  // namespace corochain::detail
