// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/detail/race.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/never.hpp"

namespace corochain {

/// Awaits all calls at once and gives the value of the first one that succeeds.
///
/// The others are then cancelled and awaited (their sockets are closed by then). A failure before a success
/// does not matter: the race goes on, for ever if the calls that are left never end. `first_of` gives the
/// first end, and `until` awaits one call and lets another one end it. When all have failed, the failure of
/// the last one is thrown and has those before it in `Error::earlier()`. If it is no `Error`, an `Error` of
/// kind `other` is thrown that has all of them there.
///
/// A call that ends as cancelled by itself has failed. With `max_concurrency` the next call begins when one
/// has failed: alternatives in order of preference. When `timeout` is over before a success, the calls that
/// still run fail with a `TimeoutError`. Cancelling the awaiting coroutine cancels all calls, waits for them
/// and throws `CancelledError`. Throws a `ConfigError` if there are no calls, or if one was awaited or moved
/// from before.
template <class T>
awaitable<T> race(std::vector<awaitable<T>>&& calls, ConcurrencyOptions options = ConcurrencyOptions()) {
  return detail::race_of<T>(std::make_shared<detail::race_work<T>>(std::move(calls)), options);
}

/// Does not compile: calls are moved.
template <class T>
awaitable<T> race(const std::vector<awaitable<T>>&, ConcurrencyOptions = ConcurrencyOptions()) {
  static_assert(detail::never<T>, "corochain: a call is awaited once, so move them: race(std::move(calls))");
  return race(std::vector<awaitable<T>>());
}

/// As above, for a few calls: `co_await cc::race(here.ainvoke(q), there.ainvoke(q))`.
template <class T, std::same_as<awaitable<T>>... More>
awaitable<T> race(awaitable<T> first, More... more) {
  std::vector<awaitable<T>> calls;
  calls.reserve(1 + sizeof...(more));
  calls.push_back(std::move(first));
  (calls.push_back(std::move(more)), ...);
  return race(std::move(calls));
}

}  // namespace corochain
