// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/retry_budget.hpp"

#include <algorithm>

// Loops of compare-and-exchange, because a plain subtraction could go below zero for a moment, and a plain
// addition beyond the capacity. Nothing else is ordered by these values, so relaxed order is enough.
namespace corochain::codec {

bool retry_budget::withdraw(int tokens) noexcept {
  int have = tokens_.load(std::memory_order_relaxed);
  while (have >= tokens)
    if (tokens_.compare_exchange_weak(have, have - tokens, std::memory_order_relaxed)) return true;
  return false;
}

void retry_budget::deposit(int tokens) noexcept {
  int have = tokens_.load(std::memory_order_relaxed);
  while (have < capacity) {
    const int more = std::min(capacity, have + tokens);
    if (tokens_.compare_exchange_weak(have, more, std::memory_order_relaxed)) return;
  }
}

}  // namespace corochain::codec
