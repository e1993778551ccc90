// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/retry_budget.hpp"

#include <algorithm>

// Loops of compare-and-exchange, because a plain addition could go beyond the limit for a moment, and a plain
// subtraction below zero. Nothing else is ordered by these values, so relaxed order is enough.
namespace corochain::codec {

bool retry_budget::withdraw(std::int64_t amount, std::int64_t most) noexcept {
  std::int64_t spent = spent_.load(std::memory_order_relaxed);
  while (spent + amount <= most)
    if (spent_.compare_exchange_weak(spent, spent + amount, std::memory_order_relaxed)) return true;
  return false;
}

void retry_budget::deposit(std::int64_t amount) noexcept {
  std::int64_t spent = spent_.load(std::memory_order_relaxed);
  while (spent > 0) {
    const std::int64_t less = std::max(std::int64_t{0}, spent - amount);
    if (spent_.compare_exchange_weak(spent, less, std::memory_order_relaxed)) return;
  }
}

}  // namespace corochain::codec
