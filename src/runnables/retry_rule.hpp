// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "corochain/core/result.hpp"
#include "corochain/runnables/retry_options.hpp"

// The rule of `with_retry` apart from its loop in attempts_step.cpp, so that tests need neither time nor
// luck.
namespace corochain::detail {

/// The wait by our own rule after `attempts` failed ones. Pure: `uniform01` is a random number in [0, 1].
RetryOptions::duration backoff_of(const RetryOptions& options, std::size_t attempts,
                                  double uniform01) noexcept;

/// The wait before another attempt, after `attempts` of which the last one ended with `failure`; nothing if
/// no attempt is to be made. `time_left` is the time until the run's deadline, `duration::max()` if there is
/// none. A `rule` that is not empty takes the place of `retry_if`.
std::optional<RetryOptions::duration> wait_before_retry(
    const RetryOptions& options, const Failure& failure, std::size_t attempts,
    RetryOptions::duration time_left, double uniform01,
    const std::function<bool(const Failure&)>& rule = nullptr);

}  // namespace corochain::detail
