// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "concurrency/concurrency_budget.hpp"
#include "concurrency/stored_handler.hpp"
#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

// How a coroutine waits for its permit: `concurrency_budget` knows tasks as `permit_waiter`, and this is the
// one that is a coroutine. Pauses before a retry and waits for a turn use `without_permit`, so that a budget
// of one is not idle meanwhile.

/// A coroutine that waits for its permit. Its frame holds this, and the handler in it owns the frame.
struct permit_wait : permit_waiter {
  void resume() override {
    over = true;
    if (handler) handler.fire();
  }
  void drop() noexcept override { handler.drop(); }

  stored_handler handler;
  /// Whether there is a permit.
  bool over = false;
};

/// Awaits `wait`, which waits for other work than children of the task that `context` belongs to, and
/// releases the task's permit meanwhile. However this ends, the task has a permit again. A cancel that ends
/// `wait` is followed by the wait for the permit.
awaitable<void> without_permit(call_context context, awaitable<void> wait);

}  // namespace corochain::detail
