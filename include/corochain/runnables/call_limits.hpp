// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>

#include "corochain/core/detail/durations.hpp"

namespace corochain {

/// The limits of one call: `chain.invoke(input, {.timeout = 5s})`. A `RunConfig` has them, too, and all else
/// that a call can be given.
struct CallLimits {
  /// The time limit of the call; zero or less means none of its own. When it is over, the call is cancelled
  /// and awaited, and throws a `TimeoutError`. `RunConfig::timeout` says from when it counts in a stream.
  std::chrono::steady_clock::duration timeout{};
  /// The time limit as a point in time. If both limits are given, the nearer one holds.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// Calls that run at once in every fan-out below; 0 means no limit of its own. As in `RunConfig`.
  std::size_t max_concurrency = 0;
};

namespace detail {

/// The limits of a call as an argument. Braces alone never select it, because it is a template.
template <class L>
concept call_limits =
    std::same_as<L, CallLimits> || std::convertible_to<L, std::chrono::steady_clock::duration>;

}  // namespace detail
}  // namespace corochain
