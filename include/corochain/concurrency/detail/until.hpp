// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// `until` for a call without a value. `stop` gives the cause of the stop. `came`, if given, is set if it
/// stopped the call.
COROCHAIN_EXPORT awaitable<void> run_until(awaitable<void> call, awaitable<std::exception_ptr> stop,
                                           bool* came = nullptr);

/// The cause of a stop by an awaitable of the user's.
COROCHAIN_EXPORT std::exception_ptr stopped_by_until();

template <class S>
awaitable<std::exception_ptr> cause_of(awaitable<S> stop) {
  co_await std::move(stop);
  co_return stopped_by_until();
}

template <class T>
awaitable<T> value_until(awaitable<T> call, awaitable<std::exception_ptr> stop) {
  std::optional<T> value;
  co_await run_until(keep(std::move(call), value), std::move(stop));
  co_return std::move(*value);
}

}  // namespace corochain::detail
