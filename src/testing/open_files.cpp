// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/open_files.hpp"

#include <sys/resource.h>
#include <limits>

// For tests of thousands of connections. Many systems start a process with 1024 files, and allow it more if
// it asks.
namespace corochain::testing {

namespace {

// "No limit" is the largest number, so that callers can compare.
std::size_t as_count(rlim_t limit) {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  return limit == RLIM_INFINITY ? most : static_cast<std::size_t>(limit);
}

}  // namespace

std::size_t raise_open_file_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const std::size_t soft = as_count(limit.rlim_cur);
  if (soft >= wanted) return soft;

  rlimit raised = limit;
  const std::size_t hard = as_count(limit.rlim_max);
  // Only privileged processes may go beyond the hard limit.
  raised.rlim_cur = wanted < hard ? static_cast<rlim_t>(wanted) : limit.rlim_max;
  // macOS refuses numbers above a limit of the kernel, although the hard limit is "unlimited".
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return soft;
  return as_count(raised.rlim_cur);
}

}  // namespace corochain::testing
