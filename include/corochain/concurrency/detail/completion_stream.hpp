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
/// To be used and destroyed on one executor, and destroyed before its execution context.
class COROCHAIN_EXPORT completion_stream {
 public:
  completion_stream(std::shared_ptr<scope_work> work, std::shared_ptr<result_queue_base> results,
                    scope_options options);
  /// Below `context`. Else the first `next()` finds the one around it.
  completion_stream(const call_context& context, std::shared_ptr<scope_work> work,
                    std::shared_ptr<result_queue_base> results, scope_options options);
  completion_stream(completion_stream&&) noexcept;
  completion_stream& operator=(completion_stream&&) noexcept;
  /// `stop()`.
  ~completion_stream();

  /// Waits for a result, which the queue then has handed out; false when all children have ended. Starts the children
  /// when it is called first.
  awaitable<bool> next();
  /// Whether `next()` has started the children.
  bool begun() const noexcept;
  /// Cancels what runs and waits until all children have ended.
  awaitable<void> close();
  /// Cancels what runs, without a wait; nothing begins any more. The frames unwind on their loop soon after.
  void stop() noexcept;

 private:
  struct state;
  static awaitable<bool> next_of(std::shared_ptr<state> stream);
  static awaitable<void> close_of(std::shared_ptr<state> stream);
  std::shared_ptr<state> state_;
};

}  // namespace corochain::detail
