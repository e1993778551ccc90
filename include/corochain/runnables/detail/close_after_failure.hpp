// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/chunk_source.hpp"

namespace corochain::detail {

/// Awaits `body`, which pulls from `left`. If it fails, closes `left`, waits for its end, and then throws the
/// failure. `left` must live until then. Needed where the failure is not passed on to the stream, which would
/// close `left` itself.
COROCHAIN_EXPORT awaitable<void> close_after_failure(awaitable<void> body, closable& left);

/// Closes `left`, waits for its end, and throws `failure`. Await it at once, with `throw_if_cancelled` off: a
/// cancelled coroutine would otherwise throw at this await. `throws` is the value to which
/// `throw_if_cancelled` is restored.
COROCHAIN_EXPORT awaitable<void> close_and_rethrow(std::exception_ptr failure, closable& left, bool throws);

}  // namespace corochain::detail
