// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// `timeout` for a call without a value.
COROCHAIN_EXPORT awaitable<void> run_within(std::chrono::steady_clock::duration limit, awaitable<void> body);

template <class T>
awaitable<T> value_within(std::chrono::steady_clock::duration limit, awaitable<T> call) {
  std::optional<T> value;
  co_await run_within(limit, keep(std::move(call), value));
  co_return std::move(*value);
}

}  // namespace corochain::detail
