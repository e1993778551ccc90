// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <exception>
#include <list>
#include <memory>

#include "concurrency/concurrency_budget.hpp"
#include "concurrency/run_clock.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/shutdown_registry.hpp"
#include "concurrency/stored_handler.hpp"
#include "corochain/concurrency/call_context.hpp"
#include "corochain/concurrency/detail/result_queue.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"

namespace corochain::detail {

// The machine behind every fan-out: `gather`, `race`, `as_completed`, `task_group`, batches and the parallel
// steps of chains. A verb gives it a `scope_work`, which makes the children; `run_all` joins a scope whose
// children store their values, and a `completion_stream` takes results one by one.

/// The children of one coroutine, their parent. The scope starts them as there is room, keeps each one's
/// signal, and wakes the parent when a result is there or when all have ended. A `concurrency_budget` decides
/// when there is room, and a `result_queue` holds the results where the parent takes them one by one.
///
/// It lives in a shared pointer that every child holds, so that frames may be destroyed in any order. Used on
/// the run's serial executor only.
///
/// The scope owns no frame. The frames of a child belong to its operations on the loop, and those of the
/// waiting parent to `waiter_`. Timers and cancellation slots hold the scope weakly.
///
/// The ways to an end, which may come together:
///
/// - `exhausted_`: the work has no more children. Those that run go on.
/// - `stopping_`: the children were told to stop, and none begins any more. `first_error_`, `stop_cause_` and
///   `cancelled_` give the reason. Without one it is a success, a `finish`, or the end of the loop.
/// - `left_`: the consumer has gone, and a cancel is on its way. Results and failures are dropped.
///
/// In all of them the parent goes on only when the last child has ended.
class task_scope final : public std::enable_shared_from_this<task_scope>,
                         public shutdown_listener,
                         public result_consumer,
                         private budget_user,
                         private permit_waiter {
 public:
  /// `results` is null if no child has a result for a consumer.
  task_scope(std::shared_ptr<const run_context> parent, std::shared_ptr<scope_work> work,
             scope_options options, std::shared_ptr<result_queue_base> results = nullptr);
  ~task_scope();

  /// Starts the first children. Idempotent.
  void start();
  /// As `start`. Returns the exception of a failed start; the children that have begun are then cancelled and
  /// may be joined.
  std::exception_ptr try_start() noexcept;
  /// Cancels all children and starts no more. Idempotent. After a stop around that keeps results, the scope
  /// of a verb that stores failures ends as at the end of its own time.
  void cancel();
  /// Like `cancel`, but reports no error to the parent, which asked for it, as by `task_group::cancel`.
  void finish();
  /// Calls `cancel` without a wait, from any thread, and then ends `own_run`, if any. If there is no memory
  /// for that, the children run to their own end, under their own deadlines.
  static void abandon(std::shared_ptr<task_scope> scope, std::shared_ptr<run_state> own_run) noexcept;
  /// Notes that the consumer has gone, and with it perhaps the objects that the work uses: a cancel is on its
  /// way. May be called from any thread.
  void leave() noexcept { left_ = true; }
  /// For a scope that grows: reports that the work has more children.
  void grow();

  /// Starts the first children if that was not done, and waits until all have ended. Cancelling the wait
  /// cancels the children and goes on waiting for them.
  awaitable<void> join();
  /// Whether a coroutine is suspended in a wait. A second one is refused: there is room for one handler.
  bool is_waited_for() const noexcept { return static_cast<bool>(waiter_); }
  /// Waits until a result can be taken or all children have ended; true takes one.
  awaitable<bool> wait_for_result();
  /// Throws the error that ended the scope early, if there is one. The cause of a stop is left out if it was
  /// stored as the result of each child that it ended.
  void rethrow(bool stop_too);

  /// Whether no child begins any more, because of a failure, a cancel or the end of the time.
  bool stopping() const noexcept { return stopping_; }
  /// Starts children whose inputs have come meanwhile, as far as there is room.
  void start_more() { budget_.start_children(); }
  /// Cancels all children and reports `error` to the parent, unless the scope stops already.
  void end_early(std::exception_ptr error);

  /// Whether the deadline of the children has come.
  bool is_past_deadline() const noexcept { return now_in(*parent_) >= children_context_->deadline; }
  /// The number of children that have begun and not ended.
  std::size_t running() const noexcept { return budget_.running(); }
  /// The innermost limit in force for the children; null if there is none.
  const std::shared_ptr<concurrency_limit>& limits() const noexcept { return budget_.limits(); }
  /// The executor of the run, on which everything here happens.
  const boost::asio::any_io_executor& serial() const noexcept { return serial_; }
  const std::shared_ptr<const run_context>& parent() const noexcept { return parent_; }

 private:
  struct child;
  class child_ended;
  // The children that run. A child is erased by its own position, in constant time.
  using child_list = std::list<std::shared_ptr<child>>;
  enum class wait_kind { none, for_result, for_all };

  // shutdown_listener: needed without a running child, whose frames would release the waiting parent
  void context_ended() noexcept override;
  // result_consumer
  void results_changed() override { budget_.start_children(); }
  bool awaits_result() const noexcept override { return waiting_ == wait_kind::for_result; }
  // budget_user
  bool wants_child() const noexcept override;
  bool start_child() override;
  void children_are_out() override;
  bool parent_waits() const noexcept override { return waiting_ != wait_kind::none; }
  bool parent_is_ready() const noexcept override { return ready(); }
  void wake_parent() override;
  bool is_stopping() const noexcept override { return stopping_; }
  bool is_cancelled() const noexcept override { return cancelled_; }
  // permit_waiter: the parent has its permit again
  void resume() override;

  std::shared_ptr<child> new_child();
  void launch(std::shared_ptr<child> task, awaitable<void> body);
  void ended(const std::shared_ptr<child>& task, std::exception_ptr error);
  void lost(const std::shared_ptr<child>& task) noexcept;
  void stop();
  void arm_timeout();
  awaitable<void> wait(wait_kind kind);
  bool all_ended() const noexcept;
  bool ready() const noexcept;
  bool keeps_results() const noexcept;
  static awaitable<void> child_main(std::shared_ptr<task_scope> self, std::shared_ptr<child> task,
                                    awaitable<void> body);

  boost::asio::any_io_executor serial_;
  std::shared_ptr<const run_context> parent_;
  // Complete from start() on; each child has a copy.
  std::shared_ptr<run_context> children_context_;
  std::shared_ptr<scope_work> work_;
  scope_options options_;
  const std::shared_ptr<result_queue_base> results_;
  concurrency_budget budget_;
  // Runs only if the scope has an earlier deadline than the work around it.
  run_timer timer_;
  // The stop of the scope's own timeout, null if it has none.
  std::shared_ptr<run_stop> own_stop_;

  child_list children_;
  std::size_t next_index_ = 0;
  bool started_ = false;
  // Whether the timer of the whole runs.
  bool armed_ = false;
  bool exhausted_ = false;
  bool stopping_ = false;
  bool cancelled_ = false;
  // Atomic, because a stream may be destroyed on another executor than the run's.
  std::atomic<bool> left_{false};
  // The failure of children that were cancelled because the time was over, or by a stop around that keeps
  // results. Null if there was neither.
  std::exception_ptr stop_cause_;
  std::exception_ptr first_error_;
  // The wait of the parent. It is set before the handler is stored, so that children that begin meanwhile may
  // borrow the parent's permit.
  wait_kind waiting_ = wait_kind::none;
  stored_handler waiter_;
};

/// Awaits `body`, which touches the scope, on the scope's own executor: without a spawn where the awaiting
/// coroutine runs on it already.
awaitable<void> on_scope(std::shared_ptr<task_scope> scope, awaitable<void> body);

}  // namespace corochain::detail
