// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

class task_scope;

/// The source of a scope's children and the destination of their failures: a verb implements it for its
/// scope. Used on the run's serial executor only.
class COROCHAIN_EXPORT scope_work {
 public:
  virtual ~scope_work();
  /// Makes the next child, which stores its value by itself; an invalid awaitable when there are no more.
  /// Called only when there is room for the child. An exception ends the scope and is thrown at its end. The
  /// child's `context` also rides on its executor, and lives until the child has ended.
  virtual awaitable<void> next(std::size_t index, const call_context& context) = 0;
  /// Called when a child has ended with an exception, in a scope that goes on nevertheless.
  virtual void failed(std::size_t /*index*/, std::exception_ptr /*error*/) {}
  /// Called when child `index` has ended, after `failed` if it failed.
  virtual void ended(std::size_t /*index*/) {}
  /// Whether `next` may be called now. False while the next input is being drawn, while enough results are
  /// held, and before a child has come.
  virtual bool may_start() const noexcept { return true; }
  /// For a scope that grows: whether a child waits to be started or is being announced.
  virtual bool expects_more() const noexcept { return false; }
  /// Called when a failure or the end of the time is about to cancel the children.
  virtual void cancelling() {}
  /// For a scope whose results are taken one by one, when the time of the whole is over and all children have
  /// ended: puts the failure of the next child that never began. False if there is none left.
  virtual bool put_unbegun() { return false; }
  /// Called before the first child. `scope` runs the children.
  virtual void begins(const std::shared_ptr<task_scope>& /*scope*/) {}
  /// Called when a stop around the scope is about to cancel the children and the results are kept.
  void stopped(std::exception_ptr cause) noexcept { stopped_by_ = std::move(cause); }

 protected:
  /// The cause of that stop: the failure of children that did not begin. Null if there was none.
  const std::exception_ptr& stopped_by() const noexcept { return stopped_by_; }

 private:
  std::exception_ptr stopped_by_;
};

/// The effect of a child's end on the other children.
enum class on_child_end {
  /// The others go on; the work is told of a failure.
  keep_going,
  /// The first failure cancels the others and is thrown at the end.
  cancel_on_failure,
  /// The first success cancels the others; the work is told of failures.
  cancel_on_success,
  /// The first end, a success or a failure, cancels the others; the work is told of failures.
  cancel_on_end
};

struct scope_options {
  /// Children that run at once; 0 means no limit of its own.
  std::size_t max_concurrency = 0;
  /// The time limit of the whole; 0 means none of its own.
  std::chrono::steady_clock::duration timeout{};
  on_child_end on_end = on_child_end::cancel_on_failure;
  /// Whether more children may come, until a wait for all finds none left.
  bool grows = false;
  /// Whether the children are made from inputs that are drawn as there is room.
  bool draws_inputs = false;
  /// Whether the scope is one more nested call, for the recursion limit.
  bool counts_as_call = false;
  /// The text of the `TimeoutError` when the time of the whole is over.
  const char* when_time_is_over = "the time for all calls together was over before all of them were done";
  /// The text of the `CancelledError` when the wait for the children was cancelled.
  const char* when_cancelled = "the fan-out was cancelled";
};

COROCHAIN_EXPORT scope_options scope_of(const ConcurrencyOptions& options, on_child_end on_end) noexcept;

/// For a child: reports that `may_start` has become true.
COROCHAIN_EXPORT void start_more(const std::shared_ptr<task_scope>& scope);
/// The number of children that have begun and not ended.
COROCHAIN_EXPORT std::size_t running_children(const task_scope& scope) noexcept;
/// Whether the time of the children is over. Their calls may see that before the scope does.
COROCHAIN_EXPORT bool is_past_deadline(const task_scope& scope) noexcept;
/// For a child: cancels all others and ends the scope with `error`.
COROCHAIN_EXPORT void end_early(const std::shared_ptr<task_scope>& scope, std::exception_ptr error);

/// Makes the `TimeoutError` of a scope as a whole.
COROCHAIN_EXPORT std::exception_ptr time_over(const char* what);
/// Makes the `TimeoutError` of a child that had not begun when the time of the whole was over.
COROCHAIN_EXPORT std::exception_ptr not_begun_in_time();

/// Runs all children below `context` and returns when every one has ended. It must be awaited in its run.
COROCHAIN_EXPORT awaitable<void> run_all(call_context context, std::shared_ptr<scope_work> work,
                                         scope_options options);
/// Runs all children below the awaiting coroutine's context, or as a new run.
COROCHAIN_EXPORT awaitable<void> run_all(std::shared_ptr<scope_work> work, scope_options options);

}  // namespace corochain::detail
