// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

class Failure;

/// How `with_retry` tries again: `chain.with_retry({.stop_after_attempt = 3, .initial = 100ms})`. The names and
/// defaults are LangChain's.
///
/// Before attempt n + 1 the wait is `initial * exp_base^(n - 1)` and a random part of `jitter`, together at most `max`;
/// where the error has a `retry_after()` that is longer, it is that. A wait that could not end before the run's
/// deadline is not begun: the failure is thrown at once.
struct RetryOptions {
  using duration = std::chrono::steady_clock::duration;

  std::size_t stop_after_attempt = 3;   ///< the first one included; 0 is a `ConfigError`
  bool wait_exponential_jitter = true;  ///< false: no waits but those that an error asks for
  duration initial = std::chrono::seconds(1);
  duration max = std::chrono::seconds(60);
  double exp_base = 2;
  duration jitter = std::chrono::seconds(1);
  /// Whether such a failure is worth another attempt; null: `is_worth_a_retry`. Called from any thread.
  bool (*retry_if)(const Failure& failure) = nullptr;
};

/// Which alternatives `with_fallbacks` tries.
struct FallbackOptions {
  /// Whether the next alternative is tried after such a failure; null: after every failure. Called from any thread.
  bool (*handle)(const Failure& failure) = nullptr;
};

/// The rule of `with_retry`, which is for what the model's client does not retry itself: the chance that a model that
/// is asked anew answers in another way.
///
/// Yes for `output_parser`, `response_format` and `truncated`, and for exceptions that are not corochain's but
/// `std::logic_error`, its children, and `std::bad_alloc`, which no second attempt mends. No for what a model's client
/// gives up: it has tried as often as its options allow, and to repeat that here would multiply the requests to a
/// server that is in trouble. Whoever wants it all the same says so with `retry_if`. An error that is `retryable()` and
/// that no client has tried to mend, because its `attempts()` are empty (a step of your own threw it), is retried, and
/// its `retry_after()` kept. No for the rest: `cancelled`, `config`, `prompt`, refused requests, credentials, quota and
/// content filters.
COROCHAIN_EXPORT bool is_worth_a_retry(const Failure& failure);

}  // namespace corochain
