// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {

/// Awaits `body`; when `deadline` comes first it is cancelled, awaited, and a `TimeoutError` of `phase` thrown. `body`
/// must heed a cancel.
awaitable<void> within(std::chrono::steady_clock::time_point deadline, Phase phase, awaitable<void> body);

/// Awaits `call` and puts its value into `slot`, which must live until then.
template <class T>
awaitable<void> keep_in(awaitable<T> call, T& slot) {
  slot = co_await std::move(call);
}

}  // namespace corochain::detail
