// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/concurrency/detail/result_queue.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// A scope whose children put results into a queue, from which a consumer takes them while the scope goes on.
///
/// Use and destroy it on one executor, and destroy it before its execution context.
class COROCHAIN_EXPORT completion_stream {
 public:
  completion_stream(std::shared_ptr<scope_work> work, std::shared_ptr<result_queue_base> results,
                    scope_options options);
  /// The children run below `context`. The other constructor uses the context that the first `next()` finds.
  completion_stream(const call_context& context, std::shared_ptr<scope_work> work,
                    std::shared_ptr<result_queue_base> results, scope_options options);
  completion_stream(completion_stream&&) noexcept;
  completion_stream& operator=(completion_stream&&) noexcept;
  /// Calls `stop()`.
  ~completion_stream();

  /// Waits for a result, which the queue has then handed out; false when all children have ended. The first
  /// call starts the children.
  awaitable<bool> next();
  /// Whether `next()` has started the children.
  bool begun() const noexcept;
  /// Cancels the children and waits until all have ended.
  awaitable<void> close();
  /// Cancels the children without a wait; none begins any more. The frames unwind on their loop soon after.
  void stop() noexcept;

 private:
  struct state;
  static awaitable<bool> next_of(std::shared_ptr<state> stream);
  static awaitable<void> close_of(std::shared_ptr<state> stream);
  std::shared_ptr<state> state_;
};

}  // namespace corochain::detail
