// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <list>
#include <memory>

namespace corochain::detail {

class concurrency_budget;

/// One `max_concurrency` and those around it. A task under a limit holds one permit of it and of all outer ones,
/// so nesting can tighten a budget and never multiply it. Used on the run's serial executor only.
struct limit {
  limit(std::size_t most, std::shared_ptr<limit> around) : max(most), outer(std::move(around)) {}

  std::size_t max;
  std::size_t in_use = 0;
  std::shared_ptr<limit> outer;
};

/// The permit that a task below a limit holds. While the task waits for children of its own it lends the permit to one
/// of them: a parent that waits never blocks its children, and a budget of one works at any depth. A task that waits
/// for anything else releases the permit and acquires one again before it goes on.
struct task_permit {
  bool is_held = true;     ///< false while lent to a child
  bool released = false;   ///< to be acquired again before the task goes on
  bool uncounted = false;  ///< released, as the books have it; stays set for a task that goes on only to end
  /// While released: innermost limit that the task has set for itself, or its budget's.
  std::shared_ptr<limit> within;
  std::weak_ptr<concurrency_budget> of;  ///< that the task is a child in
};

/// The part of a task's context that a budget uses.
struct held_permit {
  std::shared_ptr<limit> limits;        ///< innermost limit in force, null when there is none
  std::shared_ptr<task_permit> permit;  ///< null when there is no limit
};

/// A task that waits for the permit that it released.
class permit_waiter {
 public:
  virtual void resume() = 0;
  /// The loop is destroyed: nobody goes on.
  virtual void drop() noexcept {}

 protected:
  virtual ~permit_waiter() = default;
};

/// A budget that waits for permits.
class permit_seeker {
 public:
  /// Starts one child, or lets one go on, if there is a permit for it.
  virtual bool start_one() = 0;
  /// Whether `start_one` would have a use for a permit.
  virtual bool wants_permit() const noexcept = 0;

 protected:
  ~permit_seeker() = default;

 private:
  friend class permit_queue;
  bool queued_ = false;
};

/// The budgets of one run that wait for a permit: first come, first served, one child a turn.
class permit_queue {
 public:
  void add(permit_seeker& seeker);
  /// Touches nothing if the seeker is not in the queue; then any thread may call this.
  void remove(permit_seeker& seeker) noexcept;
  bool empty() const noexcept { return seekers_.empty(); }
  /// A permit was released by a seeker that was asked: those before it in the queue are asked again.
  void note_released() noexcept { again_ = true; }
  /// To be called after permits were released.
  void serve();

 private:
  std::list<permit_seeker*> seekers_;
  bool serving_ = false;
  bool again_ = false;
};

/// The scope that a budget keeps the books for, as the budget sees it.
class budget_user {
 public:
  virtual bool wants_child() const noexcept = 0;
  /// Starts a child, which has a permit. False if there is none after all.
  virtual bool start_child() = 0;
  /// Called when `start_child` has found no more; the books are right again.
  virtual void children_are_out() = 0;
  virtual bool parent_waits() const noexcept = 0;
  /// The parent, which waits, has reason to go on.
  virtual bool parent_is_ready() const noexcept = 0;
  /// Lets the parent go on if it is ready and has its permit.
  virtual void wake_parent() = 0;
  /// All children are cancelled.
  virtual bool is_stopping() const noexcept = 0;
  /// The parent's wait was cancelled as well.
  virtual bool is_cancelled() const noexcept = 0;

 protected:
  ~budget_user() = default;
};

/// The books of a scope's concurrency budget: which tasks hold a permit, lend it or have released it. No I/O and no
/// clock. Held by shared pointer, since permits point to it. Used on the run's serial executor only.
class concurrency_budget final : private permit_seeker {
 public:
  struct options {
    std::size_t most = 0;  ///< children that run at once; 0: no limit of its own
    /// Children are made of inputs without a known end: tasks that return go before them.
    bool draws = false;
  };

  /// `parent` is what the task that waits for the children holds.
  concurrency_budget(budget_user& user, permit_queue& queue, held_permit parent, options how);
  concurrency_budget(const concurrency_budget&) = delete;
  concurrency_budget& operator=(const concurrency_budget&) = delete;

  /// In force for the children; null when there is none.
  const std::shared_ptr<limit>& limits() const noexcept { return limits_; }
  /// For a child; null when there is no limit. `self` is this.
  std::shared_ptr<task_permit> new_permit(const std::shared_ptr<concurrency_budget>& self) const;
  std::size_t running() const noexcept { return running_; }
  /// The parent's own permit is lent to a child, or went back to the limits.
  bool parent_is_without() const noexcept { return borrowed_ || parent_is_out_; }

  /// Starts as many children as there are permits for, and queues for more.
  void start_children();
  /// To be called by `start_child`, before the child runs.
  void child_started() noexcept { ++running_; }
  /// `permit` is the child's, null when there is no limit. What goes on below the child's context, such as a stream
  /// that it handed out, can release it no more.
  void child_ended(task_permit* permit) noexcept;
  /// The same of one whose loop was destroyed.
  void child_lost(task_permit* permit) noexcept;
  /// Returns the permits that no running child needs. The one that the parent lent goes back first when the parent has
  /// reason to go on.
  void settle() noexcept;
  /// Lets the others have what was returned.
  void serve_others();
  /// Whether the parent, which is ready, may go on: with its permit, or without one when it was cancelled. Else
  /// `parent` is resumed or the user's `wake_parent` is called when it has one; ask again then.
  bool parent_has_permit(std::weak_ptr<permit_waiter> parent);
  void parent_is_back() noexcept { parent_asked_ = false; }

  /// A child, whose task holds `held`, waits for something else than children of its own. A permit that it has lent
  /// stays lent.
  void release(const held_permit& held);
  /// Resumes `waiter` as soon as there is a permit for it. When all children are cancelled it goes on at once: it has
  /// to end.
  void reacquire(const std::shared_ptr<task_permit>& permit, std::weak_ptr<permit_waiter> waiter);

  /// All children are cancelled: resumes those that wait, and leaves the queue.
  void stop();
  void leave_queue() noexcept { queue_.remove(*this); }
  /// The loop is destroyed.
  void drop_waiters() noexcept;

 private:
  struct returning {
    std::shared_ptr<task_permit> permit;
    std::weak_ptr<permit_waiter> waiter;
  };

  bool start_one() override;
  bool wants_permit() const noexcept override;

  /// Children that hold a permit.
  std::size_t active() const noexcept { return running_ - released_; }
  bool wants_child() const noexcept;
  bool too_many_released() const noexcept;
  bool parent_needs_permit() const noexcept { return parent_is_without() && user_.parent_is_ready(); }
  bool acquire_for_child();
  std::list<returning>::iterator first_with_room() noexcept;
  void readmit(std::shared_ptr<task_permit> permit);
  void release_idle_parent();

  budget_user& user_;
  permit_queue& queue_;
  const held_permit parent_;
  const options options_;
  const std::shared_ptr<limit> limits_;  // own limit, or the parent's
  std::size_t running_ = 0;
  std::size_t released_ = 0;  // of these, those without a permit
  std::size_t extras_ = 0;    // permits taken of the parent's limits
  bool borrowed_ = false;     // the parent's own permit is lent to a child
  bool parent_is_out_ =
      false;  // it is nobody's child, and its permit went back to the limits that it has set
  bool starting_ = false;
  bool parent_asked_ = false;       // the parent released its permit, and another was asked for
  std::list<returning> returning_;  // tasks that want a permit back, oldest first
};

}  // namespace corochain::detail
