// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <list>
#include <memory>

namespace corochain::detail {

// The accounts behind `max_concurrency`. Each `task_scope` has a `concurrency_budget`, which decides when a
// child may begin. A task that waits for something else than children of its own, in `without_permit` or as a
// producer of a `result_queue`, releases its permit here and acquires it again.
//
// Nothing here suspends or posts: a coroutine that has to wait stores its handler elsewhere and is resumed as
// a `permit_waiter`. So the accounts are tested without a loop, on random trees of tasks.

class concurrency_budget;

/// One `max_concurrency` and those around it. A task under a limit holds one permit of it and of all outer
/// ones, so nesting can tighten a budget and never multiply it. Used on the run's serial executor only.
struct concurrency_limit {
  concurrency_limit(std::size_t most, std::shared_ptr<concurrency_limit> around)
      : max(most), outer(std::move(around)) {}

  std::size_t max;
  std::size_t in_use = 0;
  std::shared_ptr<concurrency_limit> outer;
};

/// The permit that a task below a limit holds. While the task waits for children of its own, it lends the
/// permit to one of them: a parent that waits never blocks its children, and a budget of one works at any
/// depth. A task that waits for anything else releases the permit and acquires one again before it goes on.
///
/// A permit is in one of three states. Held: the task runs. Lent: a child of the task runs with it, and the
/// limits count it once for both. Released: no limit counts it, and others may use the room.
struct task_permit {
  /// False while the permit is lent to a child. A task may have several scopes, such as streams that it reads
  /// in turn: the first one that needs the permit takes it, and the others find it lent.
  bool is_held = true;
  /// Whether the permit has to be acquired again before the task goes on.
  bool released = false;
  /// Whether the accounts of the budget say released. Stays set for a task that goes on only to end: after a
  /// cancel a task must not wait for room, so it runs on without being counted, and releases nothing.
  bool uncounted = false;
  /// While released: the innermost limit that the task has set for itself, or its budget's.
  std::shared_ptr<concurrency_limit> within;
  /// The budget that the task is a child in. Empty for work that has its limit from a configuration: it is a
  /// child in no scope.
  std::weak_ptr<concurrency_budget> of;
};

/// The part of a task's context that a budget uses.
struct held_permit {
  /// The innermost limit that `permit` counts in; null if it counts in none.
  std::shared_ptr<concurrency_limit> held() const;

  /// The innermost limit in force, null if there is none.
  std::shared_ptr<concurrency_limit> limits;
  /// Null if the task counts in no limit.
  std::shared_ptr<task_permit> permit;
  /// The number of innermost limits that `permit` does not count in. The body of a task group is below the
  /// group's limit and holds no permit of it: each of its calls and children takes one for its time, so that
  /// the body may wait for a child by means of its own.
  std::size_t unheld = 0;
};

/// A task that waits for the permit that it released. Budgets hold it weakly: a task that is gone needs no
/// permit.
class permit_waiter {
 public:
  /// The permit is there, or the task has to end without one. Called once for each `reacquire`, inside the
  /// call that freed the room: an implementation posts its coroutine and does not run it here.
  virtual void resume() = 0;
  /// The loop is being destroyed, and no task goes on.
  virtual void drop() noexcept {}

 protected:
  virtual ~permit_waiter() = default;
};

/// The budgets of one run that wait for a permit. Each in turn starts one child, in order of arrival, so that
/// a wide fan-out does not starve a narrow one. There is one queue for all limits of a run: a budget whose
/// limits are full does not hold up those behind it.
///
/// It holds plain pointers: a budget leaves the queue before it is destroyed.
class permit_queue {
 public:
  void add(concurrency_budget& budget);
  /// Touches nothing if the budget is not in the queue. In that case any thread may call this.
  void remove(concurrency_budget& budget) noexcept;
  bool empty() const noexcept { return waiting_.empty(); }
  /// Notes that a budget released a permit while it was served: those before it in the queue are asked again.
  void note_released() noexcept { again_ = true; }
  /// Serves the queue. Call it after permits were released.
  void serve();

 private:
  std::list<concurrency_budget*> waiting_;
  bool serving_ = false;
  bool again_ = false;
};

/// The scope that a budget accounts for, as the budget sees it. The questions are asked in the middle of a
/// change of the accounts, so an implementation only answers them.
class budget_user {
 public:
  /// Whether the scope has another child to start.
  virtual bool wants_child() const noexcept = 0;
  /// Starts a child, which has a permit. False if there is none after all.
  virtual bool start_child() = 0;
  /// Called when `start_child` has found no more and the accounts are consistent again.
  virtual void children_are_out() = 0;
  /// Whether the parent is suspended in a wait for its children. Only then is its permit free to be lent.
  virtual bool parent_waits() const noexcept = 0;
  /// Whether the waiting parent has a reason to go on.
  virtual bool parent_is_ready() const noexcept = 0;
  /// Lets the parent go on if it is ready and has its permit.
  virtual void wake_parent() = 0;
  /// Whether all children are cancelled.
  virtual bool is_stopping() const noexcept = 0;
  /// Whether the parent's wait was cancelled as well.
  virtual bool is_cancelled() const noexcept = 0;

 protected:
  ~budget_user() = default;
};

/// The accounts of a scope's concurrency budget: which tasks hold a permit, lend it or have released it. It
/// does no I/O and knows no clock. Held by shared pointer, since permits point to it. Used on the run's
/// serial executor only.
///
/// A child counts in two places: it has one permit of the inner limits, which are the scope's own and those
/// that the parent does not hold, and one of the outer limits, which the parent holds. There may be none of
/// both. The parent lends its permit of the outer limits to the first child; for every further one a permit
/// is taken from them. Between two calls these hold:
///
/// 1. `running_` children have begun and not ended; `released_` of them wait without a permit.
/// 2. The others, `active()`, are covered below limits: `extras_` permits were taken from the outer limits
///    for them, and one more is the parent's if `borrowed_`.
/// 3. The parent has its own permit back before it goes on. If it is ready and a child still needs the
///    permit, the budget queues for one more and leaves the lent one to the child.
/// 4. After a cancel no task waits for a permit: all that wait are resumed, and end without being counted.
class concurrency_budget final {
 public:
  struct options {
    /// Children that run at once; 0 means no limit of its own.
    std::size_t most = 0;
    /// Whether children are made from inputs without a known end: tasks that return go before them.
    bool draws = false;
  };

  /// `parent` are the limits and the permit of the task that waits for the children.
  concurrency_budget(budget_user& user, permit_queue& queue, held_permit parent, options how);
  concurrency_budget(const concurrency_budget&) = delete;

  /// The innermost limit in force for the children; null if there is none.
  const std::shared_ptr<concurrency_limit>& limits() const noexcept { return limits_; }
  /// Makes a child's permit; null if there is no limit. `self` is this.
  std::shared_ptr<task_permit> new_permit(const std::shared_ptr<concurrency_budget>& self) const;
  std::size_t running() const noexcept { return running_; }
  /// Whether the parent's own permit is lent to a child, or was released to its limits.
  bool parent_is_without() const noexcept { return borrowed_ || parent_is_out_; }

  /// Starts as many children as there are permits for, and queues for more.
  void start_children();
  /// Called by `start_child`, before the child runs.
  void child_started() noexcept { ++running_; }
  /// Accounts for the end of a child. `permit` is the child's, null if there is no limit. Work that goes on
  /// below the child's context, such as a stream that it handed out, can release the permit no more.
  void child_ended(task_permit* permit) noexcept;
  /// Accounts for a child whose loop was destroyed.
  void child_lost(task_permit* permit) noexcept;
  /// Returns the permits that no running child needs. The permit that the parent lent goes back first when
  /// the parent has a reason to go on.
  void settle() noexcept;
  /// Gives the returned permits to the other budgets.
  void serve_others();
  /// Whether the parent, which is ready, may go on: with its permit, or without one if it was cancelled. If
  /// not, `parent` is resumed or the user's `wake_parent` is called when there is a permit; ask again then.
  bool parent_has_permit(std::weak_ptr<permit_waiter> parent);
  void parent_is_back() noexcept { parent_asked_ = false; }

  /// Releases the permit of a child whose task holds `held` and waits for other work than children of its
  /// own. A permit that the child has lent stays lent.
  void release(const held_permit& held);
  /// Resumes `waiter` as soon as there is a permit for it. If all children are cancelled it goes on at once:
  /// it has to end.
  void reacquire(const std::shared_ptr<task_permit>& permit, std::weak_ptr<permit_waiter> waiter);

  /// Resumes the children that wait and leaves the queue, when all children are cancelled.
  void stop();
  void leave_queue() noexcept { queue_.remove(*this); }
  /// Drops the waiters when the loop is destroyed.
  void drop_waiters() noexcept;

 private:
  struct returning {
    std::shared_ptr<task_permit> permit;
    std::weak_ptr<permit_waiter> waiter;
  };

  friend class permit_queue;

  /// Starts one child, or resumes one, if there is a permit for it.
  /// The order is: a parent that is ready, then children that have not begun, then children that want their
  /// permit back. With inputs without a known end the last two change places, or the latter might never end.
  bool start_one();
  /// Whether `start_one` has a use for a permit.
  bool wants_permit() const noexcept;
  bool inner_limits_have_room() const noexcept;
  void leave_inner_limits() noexcept;
  /// The number of children that hold a permit.
  std::size_t active() const noexcept { return running_ - released_; }
  bool wants_child() const noexcept;
  bool too_many_released() const noexcept;
  bool parent_needs_permit() const noexcept { return parent_is_without() && user_.parent_is_ready(); }
  bool acquire_for_child();
  std::list<returning>::iterator first_with_room() noexcept;
  void readmit(std::shared_ptr<task_permit> permit);
  void lend_to_running_child();
  void release_idle_parent();

  // The scope, which has this as a member.
  budget_user& user_;
  permit_queue& queue_;
  const held_permit parent_;
  const options options_;
  // The own limit, or the parent's.
  const std::shared_ptr<concurrency_limit> limits_;
  // The limits that the parent holds; those before it are the inner ones. Null if it holds none.
  concurrency_limit* const outer_;
  std::size_t running_ = 0;
  // The running children that have no permit.
  std::size_t released_ = 0;
  // Permits taken from the outer limits for children, beside the one that the parent lends.
  std::size_t extras_ = 0;
  // Whether the parent's own permit is lent to a child.
  bool borrowed_ = false;
  // Whether the permit of a parent that is no child of a scope was released to the limits that it has set.
  bool parent_is_out_ = false;
  // Whether it is in `queue_`; kept here, so that `remove` is cheap for a budget that is not.
  bool queued_ = false;
  // Whether `start_children` runs. A child that ends at once calls it again; the outer call goes on then.
  bool starting_ = false;
  // Whether another permit was asked for, after the parent released its own.
  bool parent_asked_ = false;
  // Tasks that want a permit back, oldest first.
  std::list<returning> returning_;
};

}  // namespace corochain::detail
