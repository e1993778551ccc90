// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/timeout.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"

namespace corochain {

/// Gives `call` so much time: what asyncio.timeout is to Python.
///
///     std::string answer = co_await cc::timeout(5s, chain.ainvoke(question));
///
/// The time begins when the result is awaited. When it is over the call is cancelled, and when it has ended (its
/// sockets are closed by then) a `TimeoutError` with `Phase::run` is thrown. What is called below sees the deadline in
/// `run_deadline()`, or an earlier one that was there already. A call that ends with a value or a failure of its own
/// although the time is over gives that. With no time at all, zero or less, the call is not begun; with
/// `duration::max()` there is no limit. Cancelling the awaiting coroutine cancels the call, waits for it and throws
/// `CancelledError`. A call that does not heed a cancel is waited for nevertheless.
///
/// A stream that was made before, as in `co_await cc::timeout(30s, done.next())`, is cancelled when the time for its
/// chunk is over; what it does else is not under this limit and goes on between the chunks.
template <class T>
  requires(!std::is_void_v<T>)
awaitable<T> timeout(std::chrono::steady_clock::duration limit, awaitable<T> call) {
  return detail::value_within<T>(limit, std::move(call));
}

inline awaitable<void> timeout(std::chrono::steady_clock::duration limit, awaitable<void> call) {
  return detail::run_within(limit, std::move(call));
}

}  // namespace corochain
