// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>

#include "corochain/core/detail/durations.hpp"

namespace corochain {

/// The options of a fan-out: `gather(std::move(calls), {.max_concurrency = 8, .timeout = 30s})`.
struct ConcurrencyOptions {
  /// Children that run at once; 0 means no limit of its own. The limit of an enclosing fan-out always holds
  /// as well, over everything nested in it: nesting can tighten it, never multiply it.
  std::size_t max_concurrency = 0;
  /// The time limit of the whole fan-out; zero or less means none of its own. When it is over, the children
  /// that still run are cancelled and awaited, and a `TimeoutError` is thrown or stored.
  std::chrono::steady_clock::duration timeout{};
};

}  // namespace corochain
