// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "runnables/retry_rule.hpp"

#include <algorithm>
#include <cmath>

// The decisions of `with_retry` as pure functions. They compute in double, because a power of `exp_base`
// leaves the range of the clock after some attempts, and every comparison is written so that NaN and infinity
// end up at a limit: the options are the user's, and a wait must never be negative or endless by accident.
namespace corochain::detail {

using duration = RetryOptions::duration;

duration backoff_of(const RetryOptions& options, std::size_t attempts, double uniform01) noexcept {
  if (!options.wait_exponential_jitter) return duration::zero();
  // LangChain's rule, which is tenacity's wait_exponential_jitter: the limit holds for the sum.
  const duration most = std::max(options.max, duration::zero());
  const double share = uniform01 >= 0 ? std::min(uniform01, 1.0) : 0;  // also for NaN
  const double grown = static_cast<double>(options.initial.count()) *
                       std::pow(options.exp_base, static_cast<double>(attempts > 0 ? attempts - 1 : 0));
  const double wait = grown + static_cast<double>(options.jitter.count()) * share;
  if (!(wait > 0)) return duration::zero();  // also for NaN
  return wait < static_cast<double>(most.count()) ? duration(static_cast<duration::rep>(wait)) : most;
}

std::optional<duration> wait_before_retry(const RetryOptions& options, const Failure& failure,
                                          std::size_t attempts, duration time_left, double uniform01,
                                          const std::function<bool(const Failure&)>& rule) {
  // In this order: the cheap questions come before the user's function, which is asked only if it can matter.
  if (attempts >= options.stop_after_attempt || time_left <= duration::zero()) return std::nullopt;
  if (failure.kind() == ErrorKind::cancelled) return std::nullopt;
  const bool again = rule               ? rule(failure)
                     : options.retry_if ? options.retry_if(failure)
                                        : is_worth_a_retry(failure);
  if (!again) return std::nullopt;
  // A server that says when to come back is believed, also beyond `max`: an earlier attempt would be refused.
  const duration wait =
      std::max(backoff_of(options, attempts, uniform01), failure.retry_after().value_or(duration::zero()));
  // The failure now says more than a timeout at the end of the wait.
  if (wait >= time_left) return std::nullopt;
  return wait;
}

}  // namespace corochain::detail
