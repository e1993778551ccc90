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

// Spawns one coroutine for one waiter: into a run, onto an executor with another context, or below a time
// limit. The children of fan-outs are spawned by `task_scope`, and coroutines for other executors by
// `offload`, which have more to do at the ends of theirs.

/// Cancels a child without cancelling its waiter: for a time limit, for the body of `with_task_group`, and
/// for a stream that is closed. Used on one executor. One child at a time runs with it.
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
  // Set while the child runs. `request` calls a copy, because the child may end, and clear it, inside.
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
/// A run uses it to know that nothing of it goes on, also when its loop destroys the frame.
///
/// Each use makes coroutine frames, a signal and a shared state. That is why the steps of a run pass the
/// context on as an argument instead.
awaitable<void> spawn_and_wait(boost::asio::any_io_executor executor, awaitable<void> body,
                               std::function<void()> on_cancel = nullptr,
                               std::shared_ptr<child_stop> stop = nullptr,
                               std::shared_ptr<std::atomic<bool>> ended = nullptr);

}  // namespace corochain::detail
