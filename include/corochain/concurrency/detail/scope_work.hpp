// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>

#include "corochain/concurrency/call_context.hpp"
#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

class task_scope;

/// Where the children of a scope come from and where their failures go: what a verb gives its scope to do. Used on the
/// run's serial executor only.
class COROCHAIN_EXPORT scope_work {
 public:
  virtual ~scope_work();
  /// The next child, which keeps its value somewhere by itself; an invalid awaitable when there are no more. Called
  /// only when there is room for it. May throw, which ends the scope with that exception. The child's `context` also
  /// rides on its executor, and lives until the child has ended.
  virtual awaitable<void> next(std::size_t index, const call_context& context) = 0;
  /// A child ended with an exception, in a scope that goes on nevertheless.
  virtual void failed(std::size_t index, std::exception_ptr error) = 0;
  /// Child `index` has ended, and was told to `failed` if it failed.
  virtual void ended(std::size_t index);
  /// Whether `next` may be called now: false while the next input is being drawn, where enough results are held, and
  /// where no child has come yet.
  virtual bool may_start() const noexcept;
  /// For a scope that grows: whether a child waits to be started or is on its way.
  virtual bool expects_more() const noexcept;
  /// A failure or the end of the time is about to cancel the children.
  virtual void cancelling();
  /// Called before the first child. `scope` runs the children.
  virtual void begins(const std::shared_ptr<task_scope>& scope);
};

/// What the end of a child means for the others.
enum class on_child_end {
  keep_going,         ///< nothing: its failure is told to the work
  cancel_on_failure,  ///< the first failure cancels the others and is thrown at the end
  cancel_on_success   ///< the first success cancels the others; failures are told to the work
};

struct scope_options {
  std::size_t max_concurrency = 0;                ///< children that run at once; 0: no limit of its own
  std::chrono::steady_clock::duration timeout{};  ///< over the whole; 0: none of its own
  on_child_end on_end = on_child_end::cancel_on_failure;
  bool grows = false;           ///< more children may come until a wait for all finds none left
  bool draws_inputs = false;    ///< children are made of inputs that are drawn as there is room
  bool counts_as_call = false;  ///< is one more call in a call, for the recursion limit
  /// Text of the `TimeoutError` when the time of the whole is over.
  const char* when_time_is_over = "the time for all calls together was over before all of them were done";
};

COROCHAIN_EXPORT scope_options scope_of(const ConcurrencyOptions& options, on_child_end on_end) noexcept;

/// For a child: `may_start` has become true.
COROCHAIN_EXPORT void start_more(const std::shared_ptr<task_scope>& scope);
/// For a child: cancels all others and ends the scope with `error`.
COROCHAIN_EXPORT void end_early(const std::shared_ptr<task_scope>& scope, std::exception_ptr error);

/// The `TimeoutError` of a scope as a whole.
COROCHAIN_EXPORT std::exception_ptr time_over(const char* what);

/// Runs all children below `context` and returns when every one has ended. To be awaited in its run.
COROCHAIN_EXPORT awaitable<void> run_all(call_context context, std::shared_ptr<scope_work> work,
                                         scope_options options);
/// The same below the awaiting coroutine's context, or as a new run.
COROCHAIN_EXPORT awaitable<void> run_all(std::shared_ptr<scope_work> work, scope_options options);

}  // namespace corochain::detail
