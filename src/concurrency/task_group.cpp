// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/task_group.hpp"

#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>
#include <limits>
#include <list>

#include "concurrency/spawn.hpp"
#include "concurrency/task_scope.hpp"
#include "corochain/concurrency/detail/check_calls.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/error.hpp"

namespace corochain {
namespace asio = boost::asio;
using detail::task_scope;

namespace {

/// The children of a group. Used on the run's serial executor only, except `announce`, `arrived` and the two
/// that close.
///
/// A child is announced on the thread that spawns it, and arrives in `waiting` on the run's executor. Between
/// the two `join()` must not return, or the child would be dropped in silence. So the end of a group is one
/// atomic step: the count of announcements is zero and becomes closed.
class group_work final : public detail::scope_work {
 public:
  awaitable<void> next(std::size_t, const call_context&) override {
    if (waiting.empty()) return {};
    awaitable<void> child = std::move(waiting.front());
    waiting.pop_front();
    return child;
  }
  bool may_start() const noexcept override { return !waiting.empty(); }
  bool expects_more() const noexcept override { return !waiting.empty() || (announced_ & ~closed) > 0; }
  void cancelling() override {
    if (body) body->request();
  }

  /// Announces a child; may be called from any thread. False if no `join()` will wait for it any more.
  bool announce() noexcept {
    // Counted before it is known whether the group is open: a test that came first could be overtaken.
    if (!(announced_.fetch_add(1) & closed)) return true;
    announced_.fetch_sub(1);
    return false;
  }
  /// Ends an announcement: the child has arrived, or will not come.
  void arrived() noexcept { announced_.fetch_sub(1); }
  /// Refuses further announcements, unless a child is announced. False then.
  bool close() noexcept {
    std::size_t none = 0;
    return announced_.compare_exchange_strong(none, closed) || (none & closed);
  }
  void close_for_all() noexcept { announced_.fetch_or(closed); }

  std::list<awaitable<void>> waiting;
  // The body of with_task_group.
  std::shared_ptr<detail::child_stop> body;

 private:
  static constexpr std::size_t closed = ~(std::numeric_limits<std::size_t>::max() >> 1);
  // The number of announced children, and in the highest bit whether it is closed.
  std::atomic<std::size_t> announced_{0};
};

detail::scope_options options_of(const ConcurrencyOptions& options) {
  auto made = detail::scope_of(options, detail::on_child_end::cancel_on_failure);
  made.grows = true;
  made.when_time_is_over = "the time for the task_group was over before all of its children were done";
  return made;
}

}  // namespace

struct task_group::state {
  std::shared_ptr<group_work> work = std::make_shared<group_work>();
  std::shared_ptr<task_scope> scope;
  // Set if the group is in no run.
  std::shared_ptr<detail::run_state> own_run;
};

task_group::task_group(asio::any_io_executor here, ConcurrencyOptions options)
    : state_(std::make_shared<state>()) {
  const detail::run_location location = detail::locate_run(here);
  auto context = detail::begin_run(location, location.context, state_->own_run);
  state_->scope = std::make_shared<task_scope>(std::move(context), state_->work, options_of(options));
}

task_group::~task_group() { task_scope::abandon(state_->scope, state_->own_run); }

void task_group::spawn(awaitable<void> child) {
  detail::check_call(child);
  if (!state_->work->announce())
    throw ConfigError(
        "a child is spawned in a task_group that was joined; spawn before join() returns, or make another "
        "group");
  try {
    asio::dispatch(state_->scope->serial(),
                   [scope = state_->scope, work = state_->work, child = std::move(child)]() mutable {
                     // The child is queued before its announcement ends, so that it is seen at any time.
                     if (!scope->stopping()) work->waiting.push_back(std::move(child));
                     work->arrived();
                     if (scope->stopping()) return;
                     scope->start();
                     scope->grow();
                   });
  } catch (...) {
    state_->work->arrived();
    throw;
  }
}

void task_group::cancel() {
  asio::dispatch(state_->scope->serial(), [scope = state_->scope] { scope->finish(); });
}

awaitable<void> task_group::join_here(std::shared_ptr<state> group) {
  if (group->scope->is_waited_for())
    throw ConfigError(
        "join() of a task_group was called while another join() waits; await one join() at a time");
  // Nothing may throw before the wait, not even a cancel that has already come.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const std::exception_ptr error = group->scope->try_start();
  // A child that is spawned between the end of the last one and the close opens another round.
  do {
    co_await group->scope->join();
  } while (!group->scope->stopping() && !group->work->close());
  // After a failure the announced children are not waited for: they are dropped.
  group->work->close_for_all();
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (error) std::rethrow_exception(error);
  group->scope->rethrow(true);
}

awaitable<void> task_group::join() { return detail::on_scope(state_->scope, join_here(state_)); }

// ---- with_task_group

struct task_group_access {
  static group_work& work(task_group& group) { return *group.state_->work; }
  static task_scope& scope(task_group& group) { return *group.state_->scope; }
};

namespace detail {

task_group_body::~task_group_body() = default;

namespace {

// A coroutine of its own, so that a body that throws before its first await fails as a child.
awaitable<void> body_main(std::shared_ptr<task_group_body> body, task_group& group) {
  co_await body->begin(group);
}

/// The body is below the limit of its group and holds no permit of it: its calls take theirs one by one. A
/// permit for the whole body would leave none to a child that the body waits for by means of its own.
asio::any_io_executor executor_of_body(const task_scope& scope, const ConcurrencyOptions& options) {
  if (options.max_concurrency == 0) return executor_of(scope.serial(), scope.parent());
  auto context = std::make_shared<run_context>(*scope.parent());
  context->limits = scope.limits();
  ++context->unheld;
  return executor_of(scope.serial(), std::move(context));
}

awaitable<void> task_group_here(std::shared_ptr<task_group_body> body, ConcurrencyOptions options) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  task_group group(here, options);
  auto stop = std::make_shared<child_stop>();
  task_group_access::work(group).body = stop;
  std::exception_ptr error;
  try {
    const asio::any_io_executor inside = executor_of_body(task_group_access::scope(group), options);
    co_await spawn_and_wait(inside, body_main(body, group), nullptr, stop);
  } catch (...) {
    error = std::current_exception();
  }
  // If a child failed first, the body was cancelled for that, and `join()` throws the child's failure.
  const bool body_was_first = error && !task_group_access::scope(group).stopping();
  if (body_was_first) group.cancel();
  // The group must not go before its children, cancelled or not.
  co_await asio::this_coro::throw_if_cancelled(false);
  try {
    co_await group.join();
  } catch (...) {
    if (!body_was_first) error = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (error) std::rethrow_exception(error);
}

}  // namespace

awaitable<void> run_task_group(std::shared_ptr<task_group_body> body, ConcurrencyOptions options) {
  return enter_run(task_group_here(std::move(body), options));
}

}  // namespace detail
}  // namespace corochain
