// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <concepts>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/blocking_loop.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/run_options.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/detail/never.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/result.hpp"

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
///
/// With `{.stop_on_signals = true}` it ends cleanly at Ctrl-C, with the results that are there: see
/// `RunOptions`.
template <class T>
T run(awaitable<T> call, RunOptions options = RunOptions()) {
  std::optional<T> value;
  detail::run_blocking(detail::keep(std::move(call), value), options);
  return std::move(*value);
}

inline void run(awaitable<void> call, RunOptions options = RunOptions()) {
  detail::run_blocking(std::move(call), options);
}

/// Does not compile: the coroutine has to be called.
template <std::invocable F>
void run(const F&, RunOptions = RunOptions()) {
  static_assert(
      detail::never<F>,
      "corochain: run takes a coroutine that was called: write run(main_of_program()), or () behind "
      "the lambda: run([]() -> awaitable<void> { ... }())");
}

/// The deadline of the run that the awaiting coroutine is part of, if it has one: for steps of your own that
/// wait.
COROCHAIN_EXPORT awaitable<std::optional<std::chrono::steady_clock::time_point>> run_deadline();

/// The reason why the work of the coroutine on `executor` was stopped; nothing if it was not. It is for code
/// of your own that goes on without an await, or tidies up: a cancelled coroutine throws at its next
/// `co_await`, but not at that of an executor.
///
///     const auto results = co_await chain.abatch_results(questions);
///     const auto here = co_await boost::asio::this_coro::executor;
///     if (const auto cause = cc::stop_cause(here)) std::cerr << "incomplete: " << cause->message() << '\n';
///
/// The cause is a `TimeoutError` of the `timeout`, the configuration or the fan-out around the work, or a
/// `CancelledError` of `until` or of the signals of `run`. If there are several, it is that of the innermost.
/// The loop has to run for them to come. Work that was cancelled by Asio's means from outside, or because a
/// call beside it failed, has no such cause. Safe from any thread.
COROCHAIN_EXPORT std::optional<Failure> stop_cause(const boost::asio::any_io_executor& executor);

}  // namespace corochain
