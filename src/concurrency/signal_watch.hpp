// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <sys/types.h>

#include <exception>

#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

/// Catches SIGINT and SIGTERM for one run, as `RunOptions::stop_on_signals` says. All of a process share the
/// handlers, which the first one sets and the last one takes away. Safe from any thread.
class signal_watch {
 public:
  /// Throws a `system_error` if the process has no descriptors left.
  signal_watch();
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

  /// Stops `call` as `until` does when the first signal comes. `this` must live until the call has ended.
  awaitable<void> watch(awaitable<void> call);

 private:
  static awaitable<std::exception_ptr> next();

  // Whether a signal has stopped the call.
  bool stopped_ = false;
  // A child of fork has the object, but it is the parent's.
  const pid_t process_;
};

}  // namespace corochain::detail
