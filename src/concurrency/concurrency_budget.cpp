// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/concurrency_budget.hpp"

#include <algorithm>
#include <utility>

namespace corochain::detail {
namespace {

/// Sets a flag for as long as it lives.
class flag_guard {
 public:
  explicit flag_guard(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  ~flag_guard() { flag_ = false; }
  flag_guard(const flag_guard&) = delete;

 private:
  bool& flag_;
};

// These three look at the limits from `chain` outwards, up to `end` and without it, or at all of them if
// `end` is null. A permit is taken of all of them or of none: `has_room` is asked before `acquire`, and
// nothing comes between the two on a serial executor.

bool has_room(const concurrency_limit* chain, const concurrency_limit* end = nullptr) noexcept {
  for (; chain && chain != end; chain = chain->outer.get())
    if (chain->in_use >= chain->max) return false;
  return true;
}
void acquire(concurrency_limit* chain, const concurrency_limit* end = nullptr) noexcept {
  for (; chain && chain != end; chain = chain->outer.get()) ++chain->in_use;
}
void give_back(concurrency_limit* chain, const concurrency_limit* end = nullptr) noexcept {
  for (; chain && chain != end; chain = chain->outer.get()) --chain->in_use;
}

}  // namespace

std::shared_ptr<concurrency_limit> held_permit::held() const {
  std::shared_ptr<concurrency_limit> first = limits;
  for (std::size_t left = unheld; left > 0; --left) first = first->outer;
  return first;
}

// ---- the queue of a run

void permit_queue::add(concurrency_budget& budget) {
  if (budget.queued_) return;
  waiting_.push_back(&budget);
  budget.queued_ = true;
}

void permit_queue::remove(concurrency_budget& budget) noexcept {
  if (std::exchange(budget.queued_, false)) waiting_.remove(&budget);
}

void permit_queue::serve() {
  // A child may run at once, end a scope of its own and call this again: the outer call then serves it.
  if (serving_) {
    again_ = true;
    return;
  }
  const flag_guard serving(serving_);
  do {
    again_ = false;
    for (std::size_t turns = waiting_.size(); turns > 0 && !waiting_.empty(); --turns) {
      concurrency_budget* budget = waiting_.front();
      waiting_.pop_front();
      budget->queued_ = false;
      // A budget whose children were all started, or cancelled, leaves the queue here.
      if (!budget->wants_permit()) continue;
      // Queued again before it starts a child, which may remove it.
      add(*budget);
      if (!budget->start_one()) continue;
      // The others get their turn first. The round begins anew, because the child may have changed the queue.
      again_ = true;
      break;
    }
  } while (again_);
}

// ---- children

concurrency_budget::concurrency_budget(budget_user& user, permit_queue& queue, held_permit parent,
                                       options how)
    : user_(user),
      queue_(queue),
      parent_(std::move(parent)),
      options_(how),
      limits_(how.most > 0 ? std::make_shared<concurrency_limit>(how.most, parent_.limits) : parent_.limits),
      outer_(parent_.held().get()) {}

bool concurrency_budget::inner_limits_have_room() const noexcept { return has_room(limits_.get(), outer_); }
void concurrency_budget::leave_inner_limits() noexcept { give_back(limits_.get(), outer_); }

std::shared_ptr<task_permit> concurrency_budget::new_permit(
    const std::shared_ptr<concurrency_budget>& self) const {
  if (!limits_) return nullptr;
  auto permit = std::make_shared<task_permit>();
  permit->of = self;
  return permit;
}

/// Bounds the children made from inputs that wait without a permit: otherwise all inputs could be drawn into
/// such children.
bool concurrency_budget::too_many_released() const noexcept {
  // Not fewer, so that the waiting children of a small budget leave others that use it.
  constexpr std::size_t fewest = 16;
  return options_.draws && limits_ && released_ >= std::max(limits_->max, fewest);
}

bool concurrency_budget::wants_child() const noexcept { return user_.wants_child() && !too_many_released(); }

bool concurrency_budget::wants_permit() const noexcept {
  return wants_child() || !returning_.empty() || parent_needs_permit();
}

bool concurrency_budget::acquire_for_child() {
  // The inner limits are checked first and taken last, so that a child that cannot begin leaves no trace.
  if (!inner_limits_have_room()) return false;
  if (outer_) {
    task_permit* const permit = parent_.permit.get();
    const bool parent_rests = user_.parent_waits() && !user_.parent_is_ready();
    if (!borrowed_ && parent_rests && permit && permit->is_held && !permit->released) {
      permit->is_held = false;
      borrowed_ = true;
    }
    // Each active child but one has a permit of the outer limits: that one runs with the parent's. If none
    // does, the parent's permit is free. A parent that has become ready gets it back instead.
    const bool parents_permit_is_free = borrowed_ && active() == extras_ && !user_.parent_is_ready();
    if (!parents_permit_is_free) {
      if (!has_room(outer_)) return false;
      acquire(outer_);
      ++extras_;
    }
  }
  acquire(limits_.get(), outer_);
  return true;
}

bool concurrency_budget::start_one() {
  if (parent_needs_permit()) {
    // The parent goes first. After its children it could be held up as long as there are inputs.
    if (!has_room(outer_)) return false;
    acquire(outer_);
    if (!std::exchange(parent_is_out_, false)) {
      // The child goes on with the permit that was acquired.
      borrowed_ = false;
      ++extras_;
    }
    parent_.permit->is_held = true;
    user_.wake_parent();
    return true;
  }
  const auto next_back = returning_.empty() ? returning_.end() : first_with_room();
  const bool one_comes_back = next_back != returning_.end();
  const bool wants_another = wants_child();
  if ((!wants_another && !one_comes_back) || !acquire_for_child()) return false;
  // A child that never had a permit goes before tasks that want one again, so that every child begins. This
  // does not hold for drawn inputs, which may have no end.
  if (one_comes_back && (!wants_another || options_.draws)) {
    readmit(next_back->permit);
    return true;
  }
  if (user_.start_child()) return true;
  // There was no child after all. The permit goes back, and the user hears of the end only when the accounts
  // are consistent, because it may resume the parent. Tasks that want to return may use the room.
  leave_inner_limits();
  settle();
  queue_.note_released();
  user_.children_are_out();
  return !returning_.empty() && start_one();
}

void concurrency_budget::start_children() {
  if (starting_) return;
  {
    const flag_guard starting(starting_);
    // Without a limit there is nothing to queue for.
    if (!limits_ || queue_.empty())
      while (start_one()) {
      }
    if (limits_) {
      // The budget queues behind those that wait already.
      if (wants_permit()) queue_.add(*this);
      queue_.serve();
    }
  }
  lend_to_running_child();
  release_idle_parent();
  user_.wake_parent();
}

/// Children that began before the parent waited have permits of their own, and no other child may come that
/// could run with the parent's: one of them takes it over now, and its own goes back.
void concurrency_budget::lend_to_running_child() {
  const auto& permit = parent_.permit;
  if (!outer_ || borrowed_ || !permit || !permit->is_held || permit->released) return;
  if (extras_ == 0 || extras_ < active() || !user_.parent_waits() || user_.parent_is_ready()) return;
  permit->is_held = false;
  borrowed_ = true;
  settle();
  queue_.serve();
}

// A child that ended while its permit was released gave its place in the inner limits back already.
void concurrency_budget::child_ended(task_permit* permit) noexcept {
  if (!(permit && permit->uncounted)) leave_inner_limits();
  child_lost(permit);
}

// For a lost child this is all: the limits keep its permit, because no task goes on that could want it.
void concurrency_budget::child_lost(task_permit* permit) noexcept {
  --running_;
  if (permit && std::exchange(permit->uncounted, true)) --released_;
}

void concurrency_budget::settle() noexcept {
  if (!outer_) return;
  // The lent permit is returned to the parent only when all active children have others, and only when it has
  // a use for it. Otherwise the next child would have to borrow it again.
  if (borrowed_ && extras_ >= active() && (user_.parent_is_ready() || !user_.parent_waits())) {
    borrowed_ = false;
    parent_.permit->is_held = true;
  }
  const std::size_t needed = active() - std::min<std::size_t>(active(), borrowed_ ? 1 : 0);
  while (extras_ > needed) {
    --extras_;
    give_back(outer_);
  }
}

void concurrency_budget::serve_others() {
  if (limits_) queue_.serve();
}

// ---- the parent

bool concurrency_budget::parent_has_permit(std::weak_ptr<permit_waiter> parent) {
  // A child still runs with the permit; its end calls this again.
  if (borrowed_) return false;
  const auto& permit = parent_.permit;
  if (parent_is_out_ && !user_.is_cancelled() && !has_room(outer_)) {
    queue_.add(*this);
    return false;
  }
  if (std::exchange(parent_is_out_, false)) {
    // A cancelled parent goes on without room in the limits: it has to end, and is not counted.
    permit->is_held = true;
    if (user_.is_cancelled())
      permit->uncounted = true;
    else
      acquire(outer_);
  }
  if (!permit || !permit->released) return true;
  // The parent is a child of another scope, to whose budget the permit was released. It waits there like any
  // task that returns, and asks once: `wake_parent` may come here again meanwhile.
  const auto owner = permit->of.lock();
  if (!owner) return true;
  if (!std::exchange(parent_asked_, true)) owner->reacquire(permit, std::move(parent));
  return false;
}

/// Releases the permit of a parent that waits for its children while no task here has a use for it: all
/// children wait for other work, or the inner limits leave no room for the first one.
void concurrency_budget::release_idle_parent() {
  const auto& permit = parent_.permit;
  if (!permit || !user_.parent_waits() || user_.parent_is_ready()) return;
  if (active() > 0 || permit->uncounted) return;
  if (running_ == 0 && (inner_limits_have_room() || !wants_child())) return;
  // A task that returns would run with the parent's permit, unless the inner limits keep it out.
  if (inner_limits_have_room() && first_with_room() != returning_.end()) return;
  const auto owner = permit->of.lock();
  if (!owner) {
    const bool is_here = std::exchange(borrowed_, false) || std::exchange(permit->is_held, false);
    // The permit is lent by another scope of the same task, or was released already.
    if (!is_here) return;
    parent_is_out_ = true;
    give_back(outer_);
    queue_.serve();
    return;
  }
  // `release` does nothing in a scope that stops.
  if (owner->user_.is_stopping()) return;
  if (std::exchange(borrowed_, false)) permit->is_held = true;
  owner->release(parent_);
}

// ---- permits that were released

void concurrency_budget::release(const held_permit& held) {
  const auto& permit = held.permit;
  if (user_.is_stopping() || permit->uncounted || !permit->is_held) return;
  permit->released = permit->uncounted = true;
  permit->within = held.held();
  // The limits that the task has set for itself.
  give_back(permit->within.get(), limits_.get());
  ++released_;
  leave_inner_limits();
  // The permit goes back to the outer limits first. Then the budgets in the queue have their turn, and the
  // own children come last.
  settle();
  queue_.serve();
  start_children();
}

void concurrency_budget::reacquire(const std::shared_ptr<task_permit>& permit,
                                   std::weak_ptr<permit_waiter> waiter) {
  // Another wait of the same task has acquired the permit already.
  if (!permit->released) {
    if (const auto at_once = waiter.lock()) at_once->resume();
    return;
  }
  returning_.push_back({permit, std::move(waiter)});
  if (user_.is_stopping())
    while (!returning_.empty()) readmit(returning_.front().permit);
  else
    start_children();
}

/// The oldest task that would find room in the limits that it has set for itself, where its own children may
/// run.
std::list<concurrency_budget::returning>::iterator concurrency_budget::first_with_room() noexcept {
  return std::find_if(returning_.begin(), returning_.end(), [this](const returning& task) {
    return has_room(task.permit->within.get(), limits_.get());
  });
}

/// Resumes a task. A permit was acquired for it here, unless the scope is stopping.
void concurrency_budget::readmit(std::shared_ptr<task_permit> permit) {
  permit->released = false;
  if (!user_.is_stopping()) {
    permit->uncounted = false;
    --released_;
    acquire(permit->within.get(), limits_.get());
  }
  permit->within = nullptr;
  // All waits of the task, which may wait in two places.
  std::list<returning> all;
  for (auto each = returning_.begin(); each != returning_.end();) {
    const auto next = std::next(each);
    if (each->permit == permit) all.splice(all.end(), returning_, each);
    each = next;
  }
  for (const returning& each : all)
    if (const auto waiter = each.waiter.lock()) waiter->resume();
}

// The waiters are resumed after the signals of the cancel were emitted. They go on without a permit, see the
// cancel, and end.
void concurrency_budget::stop() {
  while (!returning_.empty()) readmit(returning_.front().permit);
  leave_queue();
}

void concurrency_budget::drop_waiters() noexcept {
  // A copy: a dropped handler destroys frames, which may come back here.
  const auto all = std::exchange(returning_, {});
  for (const returning& each : all)
    if (const auto waiter = each.waiter.lock()) waiter->drop();
}

}  // namespace corochain::detail
