// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/check_calls.hpp"
#include "corochain/concurrency/detail/until.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain {

/// Awaits `call`, but only until `stop` ends: for a client that leaves, a button, a file that appears.
///
///     auto answers = co_await cc::until(chain.abatch_results(questions), client_has_left(socket));
///
/// When `stop` ends first, with a value or without one, the call is stopped: it is cancelled and awaited, and
/// the fan-outs in it keep what they have. `gather_results`, `abatch_results`, `query_all` and `map_reduce`
/// return, each unfinished item with a `CancelledError` that says it was stopped; other calls end as
/// cancelled. The result is the value of the call if it ends with one, as these do, or its own failure. If it
/// ends as cancelled, or if `stop` has ended before the call could begin, a `CancelledError` is thrown that
/// says it was stopped. Code below the call asks for that with `stop_cause`.
///
/// When the call ends first, in whichever way, `stop` is cancelled and awaited at once, and what it throws
/// then does not matter. When `stop` fails before that, the call is stopped as well, and the exception of
/// `stop` is thrown. If it is an `Error`, a failure of the call is in its `earlier()`.
///
/// Cancelling the awaiting coroutine cancels both, waits for them and throws `CancelledError`. It waits for a
/// call and a stop that do not heed a cancel, too. Both are part of the run around: the call has its deadline
/// and its budget, with the permit of the awaiting coroutine. `stop` is not counted in the budget. Throws a
/// `ConfigError` for an awaitable that was awaited or moved from before.
template <class T, class S>
awaitable<T> until(awaitable<T> call, awaitable<S> stop) {
  detail::check_call(call, 0);
  detail::check_call(stop, 1);
  if constexpr (std::is_void_v<T>)
    return detail::run_until(std::move(call), detail::cause_of(std::move(stop)));
  else
    return detail::value_until<T>(std::move(call), detail::cause_of(std::move(stop)));
}

}  // namespace corochain
