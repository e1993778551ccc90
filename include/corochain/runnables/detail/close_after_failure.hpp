// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/chunk_source.hpp"

namespace corochain::detail {

/// Awaits `body`. If it fails, closes `left`, waits for its end, and then throws the failure. `left` must live until
/// then. For a `body` that pulls from `left`, where the failure is not passed on to the stream, which would close it.
COROCHAIN_EXPORT awaitable<void> close_after_failure(awaitable<void> body, closable& left);

/// Closes `left`, waits for its end, and throws `failure`. Await it at once, with `throw_if_cancelled` off: a cancelled
/// coroutine would throw where it awaits this. `throws` is the value that `throw_if_cancelled` gets back.
COROCHAIN_EXPORT awaitable<void> close_and_rethrow(std::exception_ptr failure, closable& left, bool throws);

}  // namespace corochain::detail
