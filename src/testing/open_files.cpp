// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/open_files.hpp"

#include <sys/resource.h>
#include <limits>

namespace corochain::testing {

namespace {

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
  raised.rlim_cur = wanted < hard ? static_cast<rlim_t>(wanted) : limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return soft;
  return as_count(raised.rlim_cur);
}

}  // namespace corochain::testing
