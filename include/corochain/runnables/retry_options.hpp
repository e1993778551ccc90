// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

class Failure;

/// A pointer to a function that judges a failure, or null. `&is_worth_a_retry` and a lambda without captures
/// convert to it. Options stay trivially copyable, so it owns nothing: `with_retry` and `with_fallbacks` take
/// a function with captures as an argument of its own.
class FailurePredicate {
 public:
  using pointer = bool (*)(const Failure& failure);

  constexpr FailurePredicate() = default;
  template <class F>
    requires(!std::same_as<F, FailurePredicate>)
  constexpr FailurePredicate(const F& function) {
    static_assert(
        std::convertible_to<const F&, pointer>,
        "corochain: retry_if and handle of the options take a function without captures that returns "
        "bool; give one with captures beside the options: chain.with_retry({}, function)");
    if constexpr (std::convertible_to<const F&, pointer>) pointer_ = function;
  }
  constexpr operator pointer() const noexcept { return pointer_; }
  constexpr pointer get() const noexcept { return pointer_; }

 private:
  pointer pointer_ = nullptr;
};

/// The options of `with_retry`: `chain.with_retry({.stop_after_attempt = 3, .initial = 100ms})`. The names
/// and defaults are LangChain's.
///
/// The wait before attempt n + 1 is `initial * exp_base^(n - 1)` and a random part of `jitter`, together at
/// most `max`. If the error has a longer `retry_after()`, the wait is that. A wait that could not end before
/// the run's deadline is not begun: the failure is thrown at once.
struct RetryOptions {
  using duration = std::chrono::steady_clock::duration;

  /// The number of attempts, the first one included; 0 is a `ConfigError`.
  std::size_t stop_after_attempt = 3;
  /// If false, the only waits are those that an error asks for.
  bool wait_exponential_jitter = true;
  duration initial = std::chrono::seconds(1);
  duration max = std::chrono::seconds(60);
  double exp_base = 2;
  duration jitter = std::chrono::seconds(1);
  /// Returns whether a failure is worth another attempt. Null means `is_worth_a_retry`. It is called from any
  /// thread.
  FailurePredicate retry_if{};
};

/// The options of `with_fallbacks`.
struct FallbackOptions {
  /// Returns whether the next alternative is tried after a failure. Null means after every failure. It is
  /// called from any thread.
  FailurePredicate handle{};
};

/// The rule of `with_retry`. That verb is for failures that the model's client does not retry itself: a model
/// that is asked anew may answer in another way.
///
/// True for `output_parser`, `response_format` and `truncated`. True for exceptions that are not corochain's,
/// except `std::logic_error`, its children, and `std::bad_alloc`, which no second attempt mends. True for an
/// error that is `retryable()` and that no client has tried to mend, because its `attempts()` are empty (a
/// step of your own threw it); its `retry_after()` is kept.
///
/// False for a failure that a model's client gave up: the client has tried as often as its options allow, and
/// another retry here would multiply the requests to a server that is in trouble. A caller that wants it all
/// the same says so with `retry_if`. False for the rest: `cancelled`, `config`, `prompt`, refused requests,
/// credentials, quota and content filters.
COROCHAIN_EXPORT bool is_worth_a_retry(const Failure& failure);

}  // namespace corochain
