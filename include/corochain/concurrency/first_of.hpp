// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

#include "corochain/concurrency/completed.hpp"
#include "corochain/concurrency/detail/first_of.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain {

/// Awaits all calls at once and gives the first one to end, with a value or with a failure, and its index.
///
///     auto first = co_await cc::first_of(read(a), read(b));
///     std::cout << first.index << ": " << first.result.value() << '\n';   // throws what the call threw
///
/// The others are then cancelled and awaited (their sockets are closed by then). `race` is for alternatives:
/// it waits for the first success. `until` is for two calls of which one only ends the other. Under a budget
/// with less room than there are calls, those behind do not begin. Cancelling the awaiting coroutine cancels
/// all calls, waits for them and throws `CancelledError`. Throws a `ConfigError` if there are no calls, or if
/// one was awaited or moved from before.
template <class T>
awaitable<Completed<T>> first_of(std::vector<awaitable<T>> calls) {
  return detail::first_end_of<T>(std::make_shared<detail::first_of_work<T>>(std::move(calls)));
}

/// As above, for a few calls.
template <class T, std::same_as<awaitable<T>>... More>
awaitable<Completed<T>> first_of(awaitable<T> first, More... more) {
  std::vector<awaitable<T>> calls;
  calls.reserve(1 + sizeof...(more));
  calls.push_back(std::move(first));
  (calls.push_back(std::move(more)), ...);
  return first_of(std::move(calls));
}

}  // namespace corochain
