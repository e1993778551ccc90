// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain::benchmark {

/// The number of calls of the C library. This program replaces its functions, so the figures are exact. For
/// one thread at a time.
struct call_counts {
  /// Calls of send, sendto, sendmsg, write, writev.
  long send = 0;
  /// Calls of recv, recvfrom, recvmsg, read, readv.
  long recv = 0;
  long epoll_ctl = 0;
  long epoll_wait = 0;
  long timerfd_settime = 0;
  /// Calls of malloc, calloc, realloc, aligned_alloc, and so operator new.
  long allocations = 0;
};
call_counts counts_now() noexcept;

}  // namespace corochain::benchmark
