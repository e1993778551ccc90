// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>

#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

/// Runs `body` on `executor` and waits for its end, whose exception it throws.
///
/// Cancellation of the waiting coroutine first calls `on_cancel` (if any) at once, on the executor of who emits the
/// signal, and then reaches `body` on its own executor, whatever type of cancellation it is that the waiting
/// coroutine lets through. Unlike `co_spawn` of Boost 1.81, a signal that is still on its way when `body` ends finds
/// its target alive.
awaitable<void> spawn_and_wait(boost::asio::any_io_executor executor, awaitable<void> body,
                               std::function<void()> on_cancel = nullptr);

}  // namespace corochain::detail
