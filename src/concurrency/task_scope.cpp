// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/task_scope.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>
#include <vector>

#include "concurrency/run_stop.hpp"
#include "concurrency/spawn.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

struct task_scope::child {
  explicit child(std::shared_ptr<const run_context> state) : context(std::move(state)) {}

  // A context of its own, which counts the child's own depth and holds its own permit.
  const call_context context;
  // Outlives the slot that co_spawn connects: the completion handler holds this object.
  asio::cancellation_signal signal;
  child_list::iterator position;
  std::shared_ptr<task_permit> permit;
  std::size_t index = 0;
  /// The child's exception, until the scope is told.
  std::exception_ptr error;
  // Whether the child has ended. A copy of the list, as in `stop`, may still have it.
  bool over = false;
};

/// A child's completion handler. Destroyed without a call, it reports that the frames are gone: their loop
/// was destroyed.
class task_scope::child_ended {
 public:
  child_ended(std::shared_ptr<task_scope> parent, std::shared_ptr<child> task)
      : parent_(std::move(parent)), task_(std::move(task)) {}
  child_ended(child_ended&&) noexcept = default;
  ~child_ended() {
    if (parent_) parent_->lost(task_);
  }
  void operator()(std::exception_ptr error) {
    const auto parent = std::exchange(parent_, nullptr);
    if (!error) error = std::exchange(task_->error, nullptr);
    parent->ended(task_, std::move(error));
  }

 private:
  std::shared_ptr<task_scope> parent_;
  std::shared_ptr<child> task_;
};

task_scope::task_scope(std::shared_ptr<const run_context> parent, std::shared_ptr<scope_work> work,
                       scope_options options, std::shared_ptr<result_queue_base> results)
    : serial_(parent->run->serial),
      parent_(std::move(parent)),
      work_(std::move(work)),
      options_(options),
      results_(std::move(results)),
      budget_(*this, parent_->run->permits, permit_in(*parent_),
              {options_.max_concurrency, options_.draws_inputs}),
      timer_(*parent_) {
  children_context_ = std::make_shared<run_context>(*parent_);
  if (options_.counts_as_call) begin_call(*children_context_);
  children_context_->limits = budget_.limits();
  // Each child gets a permit of its own if there is a limit, and it counts in all of them.
  children_context_->permit = nullptr;
  children_context_->unheld = 0;
  // A stream that a child begins belongs to the child, however old it is: `context_of_stream` looks past no
  // `timeout` around the scope.
  children_context_->limited_since = run_context::time_point::min();
  children_context_->outside = nullptr;
}

task_scope::~task_scope() {
  // It is in the queue only if the loop ends.
  budget_.leave_queue();
}

void task_scope::context_ended() noexcept {
  const auto self = shared_from_this();
  // Children that wait for a permit have no operation on the loop: nothing else would destroy their frames.
  budget_.drop_waiters();
  if (budget_.running() == 0) waiter_.drop();
}

void task_scope::start() {
  if (std::exchange(started_, true)) return;
  if (options_.timeout > options_.timeout.zero()) {
    children_context_->deadline =
        std::min(children_context_->deadline, later(now_in(*parent_), options_.timeout));
    own_stop_ = std::make_shared<run_stop>(parent_->stop);
    children_context_->stop = own_stop_;
  }
  // All of this is ready before the first child, which may run to its end and publish a result at once.
  if (results_) results_->open(weak_from_this(), serial_);
  work_->begins(shared_from_this());
  arm_timeout();
  // Without a limit no child waits for a permit, and the frames of the children release the waiting parent.
  if (budget_.limits()) listen_to(asio::query(serial_, asio::execution::context), weak_from_this());
  budget_.start_children();
}

void task_scope::arm_timeout() {
  run_context::time_point deadline = children_context_->deadline;
  if (deadline == parent_->deadline) {
    // The surrounding work watches that deadline, but for children that go on when it does not wait for them.
    if (!results_) return;
    deadline = later(deadline, grace);
  }
  if (deadline == run_context::time_point::max()) return;
  armed_ = true;
  timer_.call_at(deadline, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->stop_cause_ || self->all_ended()) return;
    // Set first: children that end during the cancel are given the timeout as their failure.
    self->stop_cause_ = time_over(self->options_.when_time_is_over);
    if (self->own_stop_) self->own_stop_->request(self->stop_cause_, true);
    self->work_->cancelling();
    self->stop();
    self->wake_parent();
  });
}

std::exception_ptr task_scope::try_start() noexcept {
  try {
    start();
    return nullptr;
  } catch (...) {
    // Children that have begun must still be awaited.
    finish();
    return std::current_exception();
  }
}

void task_scope::grow() {
  // All children had ended, which stopped the timer, but the parent has not seen it yet.
  if (!armed_) arm_timeout();
  budget_.start_children();
}

// ---- starting children

/// No child begins when the consumer has gone, or in a run that is over: a cancel is on its way then.
bool task_scope::wants_child() const noexcept {
  return !stopping_ && !left_ && !parent_->run->ended && !exhausted_ && (!results_ || results_->has_room()) &&
         work_->may_start();
}

bool task_scope::start_child() {
  // Made before the work is asked, because the work gives the context to the call that it makes.
  const auto task = new_child();
  awaitable<void> body;
  try {
    body = work_->next(next_index_, task->context);
  } catch (...) {
    if (!first_error_) first_error_ = std::current_exception();
    // The children are stopped in `children_are_out`, when the accounts of the budget are consistent again.
    stopping_ = true;
  }
  if (!body.valid()) {
    exhausted_ = true;
    return false;
  }
  launch(task, std::move(body));
  return true;
}

void task_scope::children_are_out() {
  if (stopping_) stop();
  // The parent may have waited for the end of the children.
  wake_parent();
}

awaitable<void> task_scope::child_main(std::shared_ptr<task_scope> self, std::shared_ptr<child> task,
                                       awaitable<void> body) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  try {
    // Cancelled between start and here, when the state did not yet accept all types.
    if (self->stopping_) throw CancelledError("the call was cancelled before it began");
    co_await std::move(body);
  } catch (...) {
    task->error = std::current_exception();
  }
  // co_spawn awaits a post outside of its own try after a child that never waited. A cancel must not throw
  // there.
  co_await asio::this_coro::throw_if_cancelled(false);
}

std::shared_ptr<task_scope::child> task_scope::new_child() {
  auto context = std::make_shared<run_context>(*children_context_);
  if (budget_.limits())
    context->permit = budget_.new_permit(std::shared_ptr<concurrency_budget>(shared_from_this(), &budget_));
  return std::make_shared<child>(std::move(context));
}

void task_scope::launch(std::shared_ptr<child> task, awaitable<void> body) {
  task->index = next_index_++;
  children_.push_front(task);
  task->position = children_.begin();
  budget_.child_started();
  task->permit = task->context.state()->permit;
  const asio::any_io_executor executor = executor_of(serial_, task->context.state());
  // The accounts know of the child by now: it may run to its end inside co_spawn. The slot and the handler
  // are made first, because an argument of the call moves `task`.
  auto slot = task->signal.slot();
  child_ended told(shared_from_this(), task);
  asio::co_spawn(executor, child_main(shared_from_this(), std::move(task), std::move(body)),
                 asio::bind_cancellation_slot(slot, std::move(told)));
}

// ---- ending children

void task_scope::ended(const std::shared_ptr<child>& task, std::exception_ptr error) {
  // Out of the list and the accounts first: the work may look at the scope, and may end it.
  task->over = true;
  children_.erase(task->position);
  budget_.child_ended(task->permit.get());
  if (cancelled_ || left_) {  // the work has no listener any more
  } else if (!error) {
    work_->ended(task->index);
    const bool ends_all =
        options_.on_end == on_child_end::cancel_on_success || options_.on_end == on_child_end::cancel_on_end;
    if (ends_all && !stopping_) stop();
  } else if (!stopping_) {
    const bool ends_all = options_.on_end == on_child_end::cancel_on_failure;
    if (ends_all) first_error_ = error;
    work_->failed(task->index, std::move(error));
    work_->ended(task->index);
    if (ends_all) work_->cancelling();
    if (ends_all || options_.on_end == on_child_end::cancel_on_end) stop();
  } else if (options_.on_end != on_child_end::cancel_on_failure) {
    // A cancelled child throws the result of the scope's own cancel, unless it has a failure of its own.
    const bool is_echo = is_cancellation(error);
    if (stop_cause_ || !is_echo) {
      work_->failed(task->index, is_echo ? stop_cause_ : std::move(error));
      work_->ended(task->index);
    }
  }
  // The permit goes to those that have waited longer before a sibling may have it. The last of the three also
  // wakes the parent.
  budget_.settle();
  budget_.serve_others();
  budget_.start_children();
}

void task_scope::lost(const std::shared_ptr<child>& task) noexcept {
  // The loop is being destroyed: no handler may be posted, and no child may begin. So the scope tells neither
  // the work nor the producers; their frames go with the loop as well.
  task->over = true;
  children_.erase(task->position);
  stopping_ = true;
  if (results_) results_->refuse();
  budget_.child_lost(task->permit.get());
  // The parent waits in a handler that this object holds and that holds this object. After the last child no
  // other owner would release them.
  if (budget_.running() == 0) {
    const auto self = shared_from_this();
    waiter_.drop();
  }
}

void task_scope::stop() {
  stopping_ = true;
  // A child that reacts to the cancel at once can put no result any more.
  if (results_) results_->refuse();
  // A handler of the cancel may end children or call back, so this works on a copy.
  const std::vector<std::shared_ptr<child>> running(children_.begin(), children_.end());
  for (const auto& task : running)
    if (!task->over) task->signal.emit(asio::cancellation_type::terminal);
  // Producers that still wait for the consumer go on now, and throw.
  if (results_) results_->close();
  // The budget leaves the queue, because the last owner of this object may be on another executor.
  budget_.stop();
}

void task_scope::end_early(std::exception_ptr error) {
  // The error is a result of the stop.
  if (stopping_) return;
  first_error_ = std::move(error);
  stop();
}

void task_scope::cancel() {
  if (cancelled_ || all_ended()) return;
  // A scope that grows and has failed cancels its own body with this, and the body may wait for the scope.
  if (options_.grows && (first_error_ || stop_cause_)) return;
  // Set first: what the children throw from now on has no reader, or has the cause in its place.
  if (!keeps_results()) {
    cancelled_ = true;
  } else if (!stop_cause_) {
    stop_cause_ = run_stop::requested(parent_->stop)->cause();
    work_->stopped(stop_cause_);
  }
  if (!stopping_) stop();
  budget_.settle();
  wake_parent();
}

void task_scope::abandon(std::shared_ptr<task_scope> scope, std::shared_ptr<run_state> own_run) noexcept {
  const auto serial = scope->serial_;
  try {
    asio::dispatch(serial, [scope = std::move(scope), run = std::move(own_run)] {
      scope->cancel();
      if (run) run->ended = true;
    });
  } catch (...) {  // no memory: the children end by themselves
  }
}

void task_scope::finish() {
  if (stopping_) return;
  stop();
  budget_.settle();
  wake_parent();
}

/// Whether a cancel that comes now leaves the parent its results: only where each child has one of its own, a
/// failure, too, and the parent gets them all at the end.
bool task_scope::keeps_results() const noexcept {
  return options_.on_end == on_child_end::keep_going && !results_ && run_stop::keeps_results(parent_->stop);
}

bool task_scope::all_ended() const noexcept {
  if (budget_.running() > 0) return false;
  if (exhausted_ || stopping_) return true;
  return options_.grows && waiting_ == wait_kind::for_all && !work_->expects_more();
}

// ---- the parent

bool task_scope::ready() const noexcept {
  return all_ended() || (waiting_ == wait_kind::for_result && results_->unread() > 0 && !cancelled_);
}

void task_scope::wake_parent() {
  if (all_ended()) {
    budget_.leave_queue();
    if (std::exchange(armed_, false)) timer_.cancel();
  }
  if (!waiter_ || !ready()) return;
  // Its lent permit is given back, if no child runs with it. Otherwise the parent stays suspended, and the
  // budget calls this again.
  budget_.settle();
  if (!budget_.parent_has_permit(std::shared_ptr<permit_waiter>(shared_from_this(), this))) return;
  waiting_ = wait_kind::none;
  waiter_.fire();
}

/// Unless a cancel came meanwhile: then the parent waits on, with its permit.
void task_scope::resume() {
  budget_.parent_is_back();
  wake_parent();
}

awaitable<void> task_scope::wait(wait_kind kind) {
  if (waiter_)
    throw ConfigError(
        "two waits on one fan-out at once; await one next(), close() or join() before the other");
  // The parent must not go before its children, cancelled or not: no await in here may throw.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const std::exception_ptr failed_start = try_start();
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  waiting_ = kind;
  // In a run that is over no child begins any more, so this wait would have no end.
  const bool cut_off = parent_->run->ended && !exhausted_ && !stopping_;
  if (cut_off || cancellation.cancelled() != asio::cancellation_type::none) cancel();
  if (results_) results_->resume_producers();
  for (;;) {
    if (ready())
      budget_.settle();
    else
      // The parent's own permit can be lent from now on.
      budget_.start_children();
    if (ready() && !budget_.parent_is_without()) break;
    auto operation =
        suspend([self = shared_from_this()](stored_handler handler) { self->waiter_ = std::move(handler); },
                [weak = weak_from_this()] {
                  if (const auto scope = weak.lock()) scope->cancel();
                });
    co_await std::move(operation);
    // Between the wake-up and this line another child may begin, or a cancel may come, which makes it a wait
    // for all.
    waiting_ = kind;
  }
  waiting_ = wait_kind::none;
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (failed_start) std::rethrow_exception(failed_start);
}

awaitable<void> task_scope::join() { return wait(wait_kind::for_all); }

awaitable<bool> task_scope::wait_for_result() {
  co_await wait(wait_kind::for_result);
  // Results from before a timeout, or before a failure of the inputs, are handed out first.
  if (cancelled_ || (stopping_ && results_->unread() == 0)) {
    // Where failures are results, so is the timeout: of the children that it ended, which are handed out by
    // now, and of those that never began.
    const bool is_result = options_.on_end == on_child_end::keep_going;
    rethrow(!is_result);
    if (is_result && stop_cause_ && work_->put_unbegun()) results_->publish();
  }
  co_return results_->hand_out();
}

void task_scope::rethrow(bool stop_too) {
  if (cancelled_) {
    // A time limit around throws its error itself; below it there are cancels only.
    const run_stop* const stop = run_stop::requested(parent_->stop);
    if (stop && is_cancellation(stop->cause())) std::rethrow_exception(stop->cause());
    throw CancelledError(options_.when_cancelled);
  }
  if (first_error_) std::rethrow_exception(first_error_);
  if (stop_cause_ && stop_too) std::rethrow_exception(stop_cause_);
}

awaitable<void> on_scope(std::shared_ptr<task_scope> scope, awaitable<void> body) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  if (!runs_on(here, scope->serial()))
    body = spawn_and_wait(executor_of(scope->serial(), scope->parent()), std::move(body));
  co_await std::move(body);
}

}  // namespace corochain::detail
