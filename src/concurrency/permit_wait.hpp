// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "concurrency/concurrency_budget.hpp"
#include "concurrency/stored_handler.hpp"
#include "corochain/concurrency/call_context.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain::detail {

/// A coroutine that waits for its permit. Its frame holds this, and the handler in it owns the frame.
struct permit_wait : permit_waiter {
  void resume() override {
    over = true;
    if (handler) handler.fire();
  }
  void drop() noexcept override { handler.drop(); }

  stored_handler handler;
  bool over = false;  ///< there is a permit
};

/// Awaits `wait`, which waits for something else than children of the task that `context` belongs to, and meanwhile
/// releases the task's permit. There is a permit again when this ends, however it does; a cancel that ends `wait` is
/// followed by the wait for the permit.
awaitable<void> without_permit(call_context context, awaitable<void> wait);

}  // namespace corochain::detail
