// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::testing {

/// A clock that only moves when nothing else can happen. Tests with delays of hours end at once, with the
/// same result each time.
///
/// Coroutines sleep on it, and it is the clock of the runs inside `run`. `run` moves it to the next sleeper
/// when no handler is ready. These waits pass on it:
///
/// - `timeout`, `RunConfig::timeout`, and the `timeout` of batches, fan-outs, races and task groups,
/// - the waits of `with_retry`,
/// - the waits of a model's client for a deployment that pauses and before a retry,
/// - the delays of a `FakeChatModel`, and `sleep`.
///
/// These stay on the real clock:
///
/// - Sockets and the limits of their phases, and so every call of a real model or over a `MockServer`. `run`
///   cannot wait for them: it throws, or goes on to the next time limit at once.
/// - Requests for tokens and the waits between them: many runs share them.
/// - Timers of Asio and `offload`.
/// - The times in records and reports, such as `QueryResult::time_taken`, and the age of pooled connections.
/// - `RunConfig::deadline`. It is a point in time of `std::chrono::steady_clock`, and the clock of a
///   `VirtualTime` begins at the real time, so it counts from when the `VirtualTime` was made.
///
/// A handle to shared state: copies are the same clock. One thread at a time.
class COROCHAIN_EXPORT VirtualTime {
 public:
  using duration = std::chrono::steady_clock::duration;

  VirtualTime();

  /// The virtual time that has passed since the clock was made.
  duration now() const noexcept;
  /// Waits until `length` has passed. Throws `CancelledError` if it is cancelled. Only inside `run`.
  awaitable<void> sleep(duration length) const;

  /// Runs a coroutine to its end on a loop of its own. Returns its value or throws its exception. Throws
  /// `std::logic_error` if the coroutine waits for a socket or a timer of Asio.
  template <class T>
  T run(awaitable<T> call) const {
    std::optional<T> value;
    run_to_end(corochain::detail::keep(std::move(call), value));
    return std::move(*value);
  }
  void run(awaitable<void> call) const { run_to_end(std::move(call)); }

 private:
  struct state;
  void run_to_end(awaitable<void> call) const;
  static awaitable<void> sleep_on(std::shared_ptr<state> clock, duration length);
  std::shared_ptr<state> state_;
};

}  // namespace corochain::testing
