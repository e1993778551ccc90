// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <cstddef>

#include "corochain/core/export.hpp"

namespace corochain::detail {

/// How many handlers stand in configurations that are alive, anywhere in the process: while it is none, steps do not even
/// look who listens.
COROCHAIN_EXPORT extern std::atomic<std::size_t> handlers_in_force;

inline bool somebody_may_listen() noexcept { return handlers_in_force.load(std::memory_order_relaxed) != 0; }

}  // namespace corochain::detail
