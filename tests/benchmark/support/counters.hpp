// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

namespace corochain::benchmark {

/// How often the C library was called: its own functions are replaced in this program, so the figures are exact. For
/// one thread at a time.
struct call_counts {
  long send = 0;  ///< send, sendto, sendmsg, write, writev
  long recv = 0;  ///< recv, recvfrom, recvmsg, read, readv
  long epoll_ctl = 0;
  long epoll_wait = 0;
  long timerfd_settime = 0;
  long allocations = 0;  ///< malloc, calloc, realloc, aligned_alloc, and so operator new
};
call_counts counts_now() noexcept;

}  // namespace corochain::benchmark
