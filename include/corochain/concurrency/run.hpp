// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <utility>

#include "corochain/concurrency/detail/blocking_loop.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// Runs a coroutine to its end on the calling thread and gives its value or throws its exception, like
/// Python's asyncio.run.
///
/// It uses a private event loop of the calling thread, which is kept with its connections for the next use.
/// It starts no thread, except that the first look-up of a host's name starts one of the at most four that
/// the process has for look-ups.
///
/// It returns as soon as the coroutine is done. Work that the coroutine left running on the loop gets 10 ms
/// to end, and is then destroyed. A coroutine that awaits work on another executor does so with `offload`: a
/// bare `co_spawn(pool, work(), use_awaitable)` may still hold the loop when it has ended.
///
/// It may be called anywhere, also inside a coroutine or a handler of another loop, which it then blocks; a
/// nested call takes a loop of its own. The nested call is not part of the run it is called from and does not
/// inherit its deadline. Safe to call from several threads at once.
template <class T>
T run(awaitable<T> call) {
  std::optional<T> value;
  detail::run_blocking(detail::keep(std::move(call), value));
  return std::move(*value);
}

inline void run(awaitable<void> call) { detail::run_blocking(std::move(call)); }

/// The deadline of the run that the awaiting coroutine is part of, if it has one: for steps of your own that
/// wait.
COROCHAIN_EXPORT awaitable<std::optional<std::chrono::steady_clock::time_point>> run_deadline();

}  // namespace corochain
