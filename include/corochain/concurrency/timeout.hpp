// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/timeout.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"

namespace corochain {

/// Limits the time of `call`, like Python's asyncio.timeout.
///
///     std::string answer = co_await cc::timeout(5s, chain.ainvoke(question));
///
/// The time begins when the result is awaited. When it is over, the call is cancelled. When the call has
/// ended (its sockets are closed by then), a `TimeoutError` with `Phase::run` is thrown. Work below the call
/// sees the deadline in `run_deadline()`, or an earlier one that was there already. If the call ends with a
/// value or a failure of its own although the time is over, the result is that. With zero or less the call is
/// not begun; `duration::max()` means no limit. Cancelling the awaiting coroutine cancels the call, waits for
/// it and throws `CancelledError`. A call that does not heed a cancel is waited for nevertheless.
///
/// For a stream that was made before, as in `co_await cc::timeout(30s, done.next())`, only the wait is
/// limited: it is cancelled when the time for the chunk is over. Other work of the stream is not under this
/// limit and goes on between the chunks.
template <class T>
  requires(!std::is_void_v<T>)
awaitable<T> timeout(std::chrono::steady_clock::duration limit, awaitable<T> call) {
  return detail::value_within<T>(limit, std::move(call));
}

inline awaitable<void> timeout(std::chrono::steady_clock::duration limit, awaitable<void> call) {
  return detail::run_within(limit, std::move(call));
}

}  // namespace corochain
