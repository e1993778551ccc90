// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <memory>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/chunk_source.hpp"

namespace corochain::detail {

/// Throws `failure` when it is awaited.
COROCHAIN_EXPORT awaitable<void> fail_with(std::exception_ptr failure);

[[noreturn]] COROCHAIN_EXPORT void throw_stream_left();

/// The run that the pulls of one stream belong to: the run of the first consumer that pulls, or one of the
/// stream's own.
class COROCHAIN_EXPORT pull_control {
 public:
  pull_control();
  ~pull_control();
  pull_control(const pull_control&) = delete;
  pull_control& operator=(const pull_control&) = delete;

  /// Awaits `body`, one pull from `from`, on the serial executor of the stream's run. When `body` throws, it
  /// closes `from` and then passes the exception on. Must be awaited at once.
  awaitable<void> pull(awaitable<void> body, closable& from);
  /// Whether the end or an exception has been seen, or the stream was closed.
  bool over() const noexcept;
  /// Whether a pull is under way.
  bool pulling() const noexcept;
  void end() noexcept;
  /// Cancels a pull under way. The source has been stopped before, which ends some pulls by itself.
  void abandon() noexcept;
  /// Cancels a pull under way and waits for its end. The source has been stopped before.
  awaitable<void> close();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace corochain::detail
