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

/// The children of one coroutine, their parent. The scope starts them as there is room, keeps each one's
/// signal, and wakes the parent when a result is there or when all have ended. A `concurrency_budget` decides
/// when there is room, and a `result_queue` holds the results where the parent takes them one by one.
///
/// It lives in a shared pointer that every child holds, so that frames may be destroyed in any order. Used on
/// the run's serial executor only.
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
  /// Cancels all children and starts no more. Idempotent.
  void cancel();
  /// Like `cancel`, but reports no error to the parent, which asked for it.
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
  bool is_waited_for() const noexcept { return static_cast<bool>(waiter_); }
  /// Waits until a result can be taken or all children have ended; true takes one.
  awaitable<bool> wait_for_result();
  /// Throws the error that ended the scope early, if there is one. A timeout of the whole is left out if it
  /// was stored as the result of each child that it ended.
  void rethrow(bool timeout_too);

  bool stopping() const noexcept { return stopping_; }
  void start_more() { budget_.start_children(); }
  void end_early(std::exception_ptr error);

  const boost::asio::any_io_executor& serial() const noexcept { return serial_; }
  const std::shared_ptr<const run_context>& parent() const noexcept { return parent_; }

 private:
  struct child;
  class child_ended;
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
  run_timer timer_;

  child_list children_;
  std::size_t next_index_ = 0;
  bool started_ = false;
  // Whether the timer of the whole runs.
  bool armed_ = false;
  bool exhausted_ = false;
  bool stopping_ = false;
  bool cancelled_ = false;
  std::atomic<bool> left_{false};
  bool timed_out_ = false;
  std::exception_ptr first_error_;
  wait_kind waiting_ = wait_kind::none;
  stored_handler waiter_;
};

/// Awaits `body`, which touches the scope, on the scope's own executor: without a spawn where the awaiting
/// coroutine runs on it already.
awaitable<void> on_scope(std::shared_ptr<task_scope> scope, awaitable<void> body);

}  // namespace corochain::detail
