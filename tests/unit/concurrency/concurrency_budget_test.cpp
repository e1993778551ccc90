// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Random trees of tasks without coroutines and without a loop: only the budget's accounts. Each limit holds
// at all times, and all tasks end.

#include "concurrency/concurrency_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace corochain::detail::concurrency_budget_test {
namespace {

class world;
class scope;

/// A task of the tree. It acts only while it is in `world::runnable`.
struct task final : permit_waiter {
  void resume() override;
  bool is_cancelled() const;

  world* around = nullptr;
  std::shared_ptr<scope> in;    // the scope that it is a child in; null for the root
  std::shared_ptr<scope> open;  // the scope whose children it waits for
  // The scope whose children it will wait for at its end, as those of a stream or of a task group.
  std::shared_ptr<scope> background;
  held_permit held{};
  int acts = 0;  // remaining acts before it ends
  int depth = 0;
  bool ended = false;
};

/// A fan-out of the tree.
class scope final : public budget_user, public permit_waiter, public std::enable_shared_from_this<scope> {
 public:
  scope(world& of, std::shared_ptr<task> parent, std::size_t children, concurrency_budget::options how);

  void begin() { budget.start_children(); }
  void wait();
  void child_ends(const task& child);
  void cancel();
  const task& parent() const { return *parent_; }
  bool has_more() const { return left_ > 0 && !stopping_; }

  bool wants_child() const noexcept override { return !stopping_ && !exhausted_; }
  bool start_child() override;
  void children_are_out() override { wake_parent(); }
  bool parent_waits() const noexcept override { return parent_waits_; }
  bool parent_is_ready() const noexcept override {
    return budget.running() == 0 && (exhausted_ || stopping_);
  }
  void wake_parent() override;
  bool is_stopping() const noexcept override { return stopping_; }
  bool is_cancelled() const noexcept override { return stopping_; }
  void resume() override {
    budget.parent_is_back();
    wake_parent();
  }

  const held_permit around;  // the permit that the parent held when it opened this
  concurrency_budget budget;

 private:
  world& world_;
  std::shared_ptr<task> parent_;
  std::size_t left_;  // children that have not begun
  bool exhausted_ = false;
  bool stopping_ = false;
  bool parent_waits_ = false;
};

class world {
 public:
  explicit world(unsigned seed, bool cancels) : cancels_(cancels), random_(seed) {}

  int below(int most) { return std::uniform_int_distribution<int>(0, most - 1)(random_); }

  void run() {
    add(std::make_shared<task>());
    while (!runnable.empty() || !outside.empty()) {
      if (!outside.empty() && (runnable.empty() || below(3) == 0)) {
        const auto one = take(outside);
        one->held.permit->of.lock()->reacquire(one->held.permit, one);
      } else {
        act(take(runnable));
      }
      check();
    }
    for (const auto& each : tasks) EXPECT_TRUE(each->ended);
    for (const auto& [each, own] : limits) {
      const std::size_t left = own.set_by ? 1 : 0;
      EXPECT_LE(each->in_use, left);  // a cancelled task ends without its permit
      if (!cancels_) {
        EXPECT_EQ(each->in_use, left) << "of " << each->max;
      }
    }
  }

  void add(std::shared_ptr<task> one) {
    one->around = this;
    one->acts = below(4);
    tasks.push_back(one);
    runnable.push_back(std::move(one));
  }

  permit_queue queue;
  std::vector<std::shared_ptr<task>> tasks, runnable, outside;
  std::vector<std::shared_ptr<scope>> scopes;
  struct owner {
    std::shared_ptr<task> set_by;  // the task that set it; null for the limit of a scope
  };
  std::vector<std::pair<std::shared_ptr<concurrency_limit>, owner>> limits;
  std::size_t most_at_once = 0;

 private:
  std::shared_ptr<task> take(std::vector<std::shared_ptr<task>>& from) {
    const auto at = from.begin() + below(static_cast<int>(from.size()));
    auto one = *at;
    from.erase(at);
    return one;
  }

  void act(const std::shared_ptr<task>& one) {
    if (one->acts <= 0 && one->background) {
      const held_permit& around = one->background->around;
      if (one->held.unheld > around.unheld) one->held = around;  // the end of a body
      std::exchange(one->background, nullptr)->wait();
      return;
    }
    if (one->acts-- <= 0) {
      one->ended = true;
      if (one->in) one->in->child_ends(*one);
      return;
    }
    const int what = below(10);
    if (what < 4 && one->depth < 4) {
      open_scope(one);
    } else if (what < 7 && one->held.permit && !one->held.permit->of.expired()) {
      one->held.permit->of.lock()->release(one->held);
      (one->held.permit->released ? outside : runnable).push_back(one);
    } else {
      if (what == 7) limit_own(one);
      if (what == 8 && cancels_ && !scopes.empty())
        scopes[static_cast<std::size_t>(below(static_cast<int>(scopes.size())))]->cancel();
      runnable.push_back(one);
    }
  }

  /// Sets a limit for the task itself, as a configuration does for the work below it.
  void limit_own(const std::shared_ptr<task>& one) {
    one->held.limits =
        std::make_shared<concurrency_limit>(static_cast<std::size_t>(1 + below(3)), one->held.limits);
    if (one->held.unheld > 0) {  // in the body of a task group
      ++one->held.unheld;
      limits.emplace_back(one->held.limits, owner{});
      return;
    }
    one->held.limits->in_use = 1;
    limits.emplace_back(one->held.limits, owner{one});
    if (!one->held.permit) one->held.permit = std::make_shared<task_permit>();
  }

  void open_scope(const std::shared_ptr<task>& parent) {
    concurrency_budget::options how;
    how.most = static_cast<std::size_t>(below(4));
    how.draws = below(2) == 0;
    auto made = std::make_shared<scope>(*this, parent, static_cast<std::size_t>(below(5)), how);
    if (how.most > 0) limits.emplace_back(made->budget.limits(), owner{});
    scopes.push_back(made);
    made->begin();
    if (parent->background || below(3) > 0) {
      made->wait();
    } else {
      parent->background = made;
      if (how.most > 0 && below(2) == 0) {  // the body of a task group
        parent->held.limits = made->budget.limits();
        ++parent->held.unheld;
      }
      runnable.push_back(parent);
    }
  }

  /// Checks that no limit has given out more permits than it has, and that no more tasks act below it at
  /// once.
  void check() {
    std::size_t at_once = 0;
    for (const auto& [each, own] : limits) {
      EXPECT_LE(each->in_use, each->max);
      std::size_t acting = 0;
      for (const auto& one : runnable) {
        const bool goes_on_without = one->held.permit && one->held.permit->uncounted;  // a cancelled task
        if (one->is_cancelled() || goes_on_without) continue;
        if (is_below(one->held, *each)) ++acting;
      }
      EXPECT_LE(acting, each->max);
      if (cancels_) continue;
      // A task that set a limit for itself keeps its permit there to the end. A parent that waits keeps its
      // own permit while its children have enough without it, or are not below that limit.
      std::size_t kept = own.set_by && own.set_by->ended ? 1 : 0;
      for (const auto& one : tasks)
        if (one->open && is_below(one->held, *each) &&
            (!is_below(one->open->around, *each) ||
             (one->held.permit->is_held && !one->held.permit->released && has_busy_child(*one->open))))
          ++kept;
      EXPECT_LE(each->in_use, acting + kept) << "of " << each->max << ": permits that nobody uses";
      at_once = std::max(at_once, acting);
    }
    most_at_once = std::max(most_at_once, at_once);
    if (!cancels_) check_for_starving();
  }

  static bool has_room(const concurrency_limit* chain) {
    for (; chain; chain = chain->outer.get())
      if (chain->in_use >= chain->max) return false;
    return true;
  }
  bool acts_or_is_outside(const task& one) const {
    const auto same = [&one](const auto& each) { return each.get() == &one; };
    return std::any_of(runnable.begin(), runnable.end(), same) ||
           std::any_of(outside.begin(), outside.end(), same);
  }
  /// Checks that each waiter for a permit waits for one that is in use.
  void check_for_starving() const {
    for (const auto& each : scopes)
      EXPECT_FALSE(each->has_more() && has_room(each->budget.limits().get())) << "a child could begin";
    for (const auto& one : tasks) {
      if (one->ended || !one->held.permit || !one->held.permit->released || acts_or_is_outside(*one))
        continue;
      if (one->open && !one->open->parent_is_ready()) continue;
      EXPECT_FALSE(has_room(one->held.held().get())) << "a task could go on";
    }
  }
  static bool is_below(const held_permit& held, const concurrency_limit& of) {
    const auto first = held.held();
    const concurrency_limit* chain = first.get();
    while (chain && chain != &of) chain = chain->outer.get();
    return chain != nullptr;
  }
  bool has_busy_child(const scope& of) const {
    for (const auto& one : tasks)
      if (one->in.get() == &of && !one->ended && (!one->held.permit || !one->held.permit->uncounted))
        return true;
    return false;
  }

  bool cancels_;
  std::mt19937 random_;
};

void task::resume() {
  const auto same = [this](const auto& each) { return each.get() == this; };
  around->runnable.push_back(*std::find_if(around->tasks.begin(), around->tasks.end(), same));
}

bool task::is_cancelled() const { return in && (in->is_stopping() || in->parent().is_cancelled()); }

scope::scope(world& of, std::shared_ptr<task> parent, std::size_t children, concurrency_budget::options how)
    : around(parent->held),
      budget(*this, of.queue, around, how),
      world_(of),
      parent_(std::move(parent)),
      left_(children) {}

void scope::wait() {
  parent_->open = shared_from_this();
  parent_waits_ = true;
  if (!parent_is_ready()) budget.start_children();  // on the parent's permit as well
  wake_parent();
}

bool scope::start_child() {
  if (left_ == 0) {
    exhausted_ = true;
    return false;
  }
  --left_;
  auto child = std::make_shared<task>();
  child->in = shared_from_this();
  child->depth = parent_->depth + 1;
  child->held.limits = budget.limits();
  child->held.permit = budget.new_permit(std::shared_ptr<concurrency_budget>(shared_from_this(), &budget));
  budget.child_started();
  world_.add(std::move(child));
  return true;
}

void scope::child_ends(const task& child) {
  budget.child_ended(child.held.permit.get());
  budget.settle();
  budget.serve_others();
  budget.start_children();
}

void scope::cancel() {
  if (stopping_ || parent_is_ready()) return;
  stopping_ = true;
  for (const auto& each : std::vector(world_.tasks)) {
    if (each->in.get() != this || each->ended) continue;
    each->acts = 0;
    for (const auto& below : {each->open, each->background})
      if (below) below->cancel();
  }
  budget.stop();
  budget.settle();
  wake_parent();
}

void scope::wake_parent() {
  if (parent_is_ready()) budget.leave_queue();
  if (!parent_waits_ || !parent_is_ready()) return;
  budget.settle();
  if (!budget.parent_has_permit(std::shared_ptr<permit_waiter>(shared_from_this(), this))) return;
  parent_waits_ = false;
  parent_->open = nullptr;
  world_.runnable.push_back(parent_);
}

TEST(ConcurrencyBudget, holds_in_random_trees) {
  std::size_t most_at_once = 0;
  for (unsigned seed = 0; seed < 3000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    world all(seed, false);
    all.run();
    most_at_once = std::max(most_at_once, all.most_at_once);
  }
  EXPECT_GE(most_at_once, 3u);  // a budget that starts one child after the other would pass as well
}

TEST(ConcurrencyBudget, holds_in_random_trees_of_which_some_are_cancelled) {
  for (unsigned seed = 0; seed < 3000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    world(seed, true).run();
  }
}

/// A scope without a parent of its own, which starts children as long as it may.
class starter final : public budget_user {
 public:
  starter(char name, permit_queue& queue, std::shared_ptr<concurrency_limit> most, std::string& order)
      : budget(*this, queue, {std::move(most), nullptr}, {}), name_(name), order_(order) {}

  bool wants_child() const noexcept override { return wanted_ > 0; }
  bool start_child() override {
    if (wanted_ == 0) return false;
    --wanted_;
    budget.child_started();
    order_ += name_;
    return true;
  }
  void children_are_out() override {}
  bool parent_waits() const noexcept override { return false; }
  bool parent_is_ready() const noexcept override { return false; }
  void wake_parent() override {}
  bool is_stopping() const noexcept override { return false; }
  bool is_cancelled() const noexcept override { return false; }

  concurrency_budget budget;

 private:
  const char name_;
  int wanted_ = 4;
  std::string& order_;
};

TEST(PermitQueue, serves_one_child_a_turn) {
  std::string order;
  permit_queue queue;
  const auto most = std::make_shared<concurrency_limit>(8, nullptr);
  most->in_use = 8;
  starter a('a', queue, most, order), b('b', queue, most, order);
  a.budget.start_children();
  b.budget.start_children();
  EXPECT_EQ(order, "");
  most->in_use = 0;
  queue.serve();
  EXPECT_EQ(order, "abababab");
  EXPECT_EQ(most->in_use, 8u);
}

/// A stream that a task handed out continues when the task has ended.
TEST(ConcurrencyBudget, of_a_task_that_has_ended_nothing_is_returned) {
  world all(0, false);
  auto root = std::make_shared<task>();
  root->around = &all;
  auto group = std::make_shared<scope>(all, root, 1, concurrency_budget::options{2, false});
  group->begin();
  const auto child = all.runnable.back();
  auto stream = std::make_shared<scope>(all, child, 1, concurrency_budget::options());
  const auto most = group->budget.limits();
  child->ended = true;
  group->child_ends(*child);
  EXPECT_EQ(most->in_use, 0u);
  group = nullptr;  // it has no other owner, but the task's permit refers to it
  child->in = nullptr;
  stream->begin();
  stream->wait();
  const auto branch = all.runnable.back();
  ASSERT_NE(branch, child);
  branch->held.permit->of.lock()->release(branch->held);
  EXPECT_LE(most->in_use, most->max);
  all.runnable.clear();
  branch->held.permit->of.lock()->reacquire(branch->held.permit, branch);
  ASSERT_EQ(all.runnable.size(), 1u);
  EXPECT_EQ(all.runnable.front(), branch);
  for (const auto& each : all.tasks) each->in = each->open = nullptr;  // they own each other
}

}  // namespace
}  // namespace corochain::detail::concurrency_budget_test
