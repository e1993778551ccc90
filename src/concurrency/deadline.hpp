// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "concurrency/run_context.hpp"
#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {

/// Awaits `body`. When `deadline` comes first, `body` is cancelled and awaited, and a `TimeoutError` of
/// `phase` is thrown. If `body` ends with a value or another failure nevertheless, that is the result. `body`
/// must heed a cancel. An earlier deadline around the awaiting coroutine is watched by the work that set it.
awaitable<void> with_deadline(std::chrono::steady_clock::time_point deadline, Phase phase,
                              awaitable<void> body);

/// As above, for a `body` that is to run under `child`, whose deadline this sets.
awaitable<void> with_deadline(child_context child, std::chrono::steady_clock::time_point deadline,
                              Phase phase, awaitable<void> body);

/// As above, for a `body` that was made for `below`, a context with a deadline and a `run_stop` of its own
/// below `around`.
/// `body` goes on an executor with `below`. If `stop` is given, it ends `body` as cancelled. Then nothing is
/// spawned: the awaiting coroutine must run on the run's serial executor, and awaits `body` itself.
awaitable<void> with_deadline(const call_context& around, const call_context& below, Phase phase,
                              awaitable<void> body, std::function<void()> stop = nullptr);

/// The `TimeoutError` of a limit of `phase`.
std::exception_ptr time_was_over(Phase phase);

/// Awaits `call` and puts its value into `slot`, which must live until then.
template <class T>
awaitable<void> store_into(awaitable<T> call, T& slot) {
  slot = co_await std::move(call);
}

}  // namespace corochain::detail
