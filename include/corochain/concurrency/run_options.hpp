// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain {

/// The options of `run`: `cc::run(main(), {.stop_on_signals = true})`.
struct RunOptions {
  /// Whether SIGINT and SIGTERM stop the coroutine, instead of what they do otherwise, for as long as `run`
  /// lasts.
  ///
  /// The first signal stops it as `until` does: it is cancelled, and `gather_results`, `abatch_results`,
  /// `query_all` and `map_reduce` in it return what they have. It goes on until its next `co_await`, which
  /// throws, and `run` returns its value or throws. A cancel is thrown as a `CancelledError` "stopped by
  /// SIGINT" (or SIGTERM), whose `signal()` is the number. The second signal ends the process at once, as if
  /// it had no handler. In a child of fork the first one does so, too.
  ///
  /// A signal that comes when the coroutine has ended, but `run` has not, is raised again behind it. A signal
  /// that the process ignores stays ignored. Each of several runs at once that have this option is stopped;
  /// one that begins while others still end is stopped at once. When the last of them is over, the process
  /// has its handlers again, unless it has set others meanwhile. Do not use the same signals in a
  /// `boost::asio::signal_set` then.
  bool stop_on_signals = false;
};

}  // namespace corochain
