// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// `run` for a coroutine without a value.
COROCHAIN_EXPORT void run_blocking(awaitable<void> body);

}  // namespace corochain::detail
