// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Whether a coroutine on this executor already is inside a run, on the run's own executor.
COROCHAIN_EXPORT bool in_run(const boost::asio::any_io_executor& executor) noexcept;

/// Whether a call by a coroutine on this executor, which is in a run, has to take a permit for itself.
COROCHAIN_EXPORT bool needs_permit(const boost::asio::any_io_executor& executor) noexcept;

struct run_context;

/// A call by a coroutine on `here`, for as long as this lives; `here` must outlive it. In a run it counts as
/// one level of the run's depth. Throws a `ConfigError` beyond the recursion limit.
class COROCHAIN_EXPORT nested_call {
 public:
  explicit nested_call(const boost::asio::any_io_executor& here);
  explicit nested_call(const call_context& context);
  ~nested_call();
  nested_call(const nested_call&) = delete;
  nested_call& operator=(const nested_call&) = delete;
  /// Whether `here` is in a run, on the run's own executor.
  bool in_run() const noexcept { return context_ != nullptr; }

 private:
  const run_context* context_ = nullptr;
};

/// Awaits `body` inside the run that the awaiting coroutine is in, or as a new run on a strand of its
/// executor. Cancellation of all three types reaches `body`. A coroutine that Asio's `co_spawn` began lets
/// only `terminal` through to here, unless it resets its cancellation state.
COROCHAIN_EXPORT awaitable<void> enter_run(awaitable<void> body);

/// As `enter_run`, for a call: it takes a permit where the work around it holds none of a limit.
COROCHAIN_EXPORT awaitable<void> enter_call(awaitable<void> call);

/// Awaits `call` with a permit of its own of all limits around the awaiting coroutine, which must be in a
/// run. The context with the permit is on the executor of `call`. See `call_context::needs_permit`.
COROCHAIN_EXPORT awaitable<void> with_permit(awaitable<void> call);

/// For the outermost frame of a call, inside a handler. Between two awaits Asio reports a cancel with an
/// error of its own: if the coroutine was `cancelled`, that is thrown as a `CancelledError`. Any other
/// exception is rethrown.
[[noreturn]] COROCHAIN_EXPORT void rethrow_as_cancelled(bool cancelled);

/// The type that stores a value: for void, which has no values, a stand-in.
template <class T>
using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Awaits `call` and keeps its value in `slot`, which must live until then. With this the machinery below the
/// templates handles `awaitable<void>` only and is compiled once.
template <class T>
awaitable<void> keep(awaitable<T> call, std::optional<stored<T>>& slot) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(call);
    slot.emplace();
  } else {
    slot.emplace(co_await std::move(call));
  }
}

}  // namespace corochain::detail
