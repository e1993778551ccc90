// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/detail/gather.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/never.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/result.hpp"

namespace corochain {

/// Awaits all calls at once and gives their values in input order.
///
/// The first failure cancels the others, waits until every one has ended (their sockets are closed by then),
/// and is thrown. Python's `asyncio.gather` lets the siblings run on. A call that never began is destroyed,
/// and with it the arguments that were moved into it: give calls references to what must not be lost.
/// Cancelling the awaiting coroutine also cancels and awaits all calls, and throws `CancelledError`, with the
/// reason after a stop by `until` or by the signals of `run`. The calls begin when the result is awaited. An
/// empty vector gives an empty vector. This function and those below throw a `ConfigError` for an awaitable
/// that was awaited or moved from before.
template <class T>
  requires(!std::is_void_v<T>)
awaitable<std::vector<T>> gather(std::vector<awaitable<T>>&& calls,
                                 ConcurrencyOptions options = ConcurrencyOptions()) {
  return detail::gather_all<T>(std::make_shared<detail::gather_work<T>>(std::move(calls)),
                               detail::scope_of(options, detail::on_child_end::cancel_on_failure));
}

/// As above, for calls without values.
COROCHAIN_EXPORT awaitable<void> gather(std::vector<awaitable<void>>&& calls,
                                        ConcurrencyOptions options = ConcurrencyOptions());

/// Does not compile: calls are moved.
template <class T>
auto gather(const std::vector<awaitable<T>>&, ConcurrencyOptions = ConcurrencyOptions()) {
  static_assert(detail::never<T>,
                "corochain: a call is awaited once, so move them: gather(std::move(calls))");
  return gather(std::vector<awaitable<T>>());
}

/// As above, for a few calls of different types; a call without a value gives `std::monostate`.
template <class... T>
  requires(sizeof...(T) > 0)
awaitable<std::tuple<detail::stored<T>...>> gather(awaitable<T>... calls) {
  return detail::gather_tuple<T...>(std::make_shared<detail::tuple_work<T...>>(std::move(calls)...));
}

/// Does not compile: calls of different types take no options. `timeout(limit, gather(a, b))` limits their
/// time.
template <class A, class B>
auto gather(awaitable<A> a, awaitable<B> b, ConcurrencyOptions) {
  static_assert(
      detail::never<A>,
      "corochain: gather(a, b) takes no options: write timeout(limit, gather(a, b)), or put calls of "
      "one type into a vector: gather(std::move(calls), options)");
  return gather(std::move(a), std::move(b));
}

/// Awaits all calls at once and gives each one's value or failure, in input order. No call is cancelled
/// because another one fails. A call that ends as cancelled by itself is a failure like others. Cancelling
/// the awaiting coroutine is not stored: it cancels all calls, waits for them and throws `CancelledError`.
///
/// A stop keeps what is done: the end of the `timeout` of this fan-out or of one around it, `until`, and the
/// signals of `run`. The results are returned when all calls have ended, and those that have no value have
/// the cause of the stop as their failure.
template <class T>
awaitable<std::vector<Result<T>>> gather_results(std::vector<awaitable<T>>&& calls,
                                                 ConcurrencyOptions options = ConcurrencyOptions()) {
  return detail::gather_each<T>(std::make_shared<detail::gather_work<T>>(std::move(calls)),
                                detail::scope_of(options, detail::on_child_end::keep_going));
}

/// Does not compile: calls are moved.
template <class T>
awaitable<std::vector<Result<T>>> gather_results(const std::vector<awaitable<T>>&,
                                                 ConcurrencyOptions = ConcurrencyOptions()) {
  static_assert(detail::never<T>,
                "corochain: a call is awaited once, so move them: gather_results(std::move(calls))");
  return gather_results(std::vector<awaitable<T>>());
}

}  // namespace corochain
