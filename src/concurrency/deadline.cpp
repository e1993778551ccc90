// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/deadline.hpp"

#include <boost/asio/this_coro.hpp>
#include <memory>
#include <string>

#include "concurrency/run_clock.hpp"
#include "concurrency/run_stop.hpp"
#include "concurrency/spawn.hpp"
#include "core/timeout_text.hpp"

namespace corochain::detail {
namespace asio = boost::asio;
std::exception_ptr time_was_over(Phase phase) {
  ErrorDetails details;
  details.phase = phase;
  const std::string what = phase == Phase::run
                               ? "the time given to the whole call was over before it was done"
                               : timeout_text(phase);
  return make_error(ErrorKind::timeout, what, std::move(details));
}

namespace {
using clock = std::chrono::steady_clock;

/// Shared by the work under a deadline and the timer that ends it. Used on the work's executor only. Without
/// `by`, the work is a child that is cancelled. The timer holds it weakly, so a call of the timer that comes
/// after the work's end finds nothing.
struct watch {
  explicit watch(std::shared_ptr<run_stop> mark, std::function<void()> by = nullptr)
      : cause(std::move(mark)), stop(std::make_shared<child_stop>(std::move(by))) {}
  /// The stop in the context of the work.
  const std::shared_ptr<run_stop> cause;
  const std::shared_ptr<child_stop> stop;
  bool time_is_over = false;
};

/// The outermost frame of the work.
awaitable<void> watched(std::shared_ptr<watch> self, run_timer timer, clock::time_point deadline, Phase phase,
                        awaitable<void> body) {
  timer.call_at(deadline, [weak = std::weak_ptr<watch>(self), phase] {
    const auto watch = weak.lock();
    if (!watch) return;
    watch->time_is_over = true;
    watch->cause->request(time_was_over(phase), false);
    watch->stop->request();
  });
  try {
    co_await std::move(body);
  } catch (const boost::system::system_error& error) {
    if (!self->time_is_over || error.code() != ErrorCondition::cancelled) throw;
    // The work's error is the result of this end. Any other error, or a value, is the outcome although
    // the time is over: the caller can use it.
    std::rethrow_exception(time_was_over(phase));
  }
}

/// Throws the error of `run_below` after its end, or a `CancelledError` if the awaiting coroutine was
/// cancelled meanwhile, unless the stop around that cancelled it keeps results: then the child may have a
/// value.
awaitable<void> outcome_of(awaitable<void> child, std::shared_ptr<const run_stop> around) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  std::exception_ptr error;
  try {
    co_await std::move(child);
  } catch (...) {
    error = std::current_exception();
  }
  if (cancellation.cancelled() != asio::cancellation_type::none && !run_stop::keeps_results(around))
    throw CancelledError("the call was cancelled");
  if (error) std::rethrow_exception(error);
}

awaitable<void> until(clock::time_point deadline, Phase phase, awaitable<void> body) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  child_context child = context_below(here);
  co_await with_deadline(std::move(child), deadline, phase, std::move(body));
}

awaitable<void> until(call_context around, call_context below, Phase phase, awaitable<void> body,
                      std::function<void()> stop) {
  const clock::time_point deadline = below.state()->deadline;
  if (deadline <= now_in(*below.state())) std::rethrow_exception(time_was_over(phase));
  if (around.state()->deadline <= deadline) {
    // The surrounding work watches its earlier deadline.
    co_await std::move(body);
    co_return;
  }
  const bool spawns = !stop;
  const auto watcher = std::make_shared<watch>(below.state()->stop, std::move(stop));
  body = watched(watcher, run_timer(*below.state()), deadline, phase, std::move(body));
  if (spawns)
    body = spawn_and_wait(executor_of(below.state()->run->serial, below.state()), std::move(body), nullptr,
                          watcher->stop);
  co_await outcome_of(std::move(body), around.state()->stop);
}

}  // namespace

awaitable<void> with_deadline(clock::time_point deadline, Phase phase, awaitable<void> body) {
  if (deadline == clock::time_point::max()) return body;
  return until(deadline, phase, std::move(body));
}

// The context of the child has the deadline of the one around, or none in a new run, until this sets another.
awaitable<void> with_deadline(child_context child, clock::time_point deadline, Phase phase,
                              awaitable<void> body) {
  // The body is not begun, so that nothing is sent whose answer would come too late.
  if (deadline <= now_in(*child.context)) std::rethrow_exception(time_was_over(phase));
  // An earlier deadline of the surrounding work is watched by that work.
  std::shared_ptr<child_stop> stop;
  const auto around = child.context->stop;
  if (deadline < child.context->deadline) {
    child.context->stop = std::make_shared<run_stop>(around);
    child.context->deadline = deadline;
    const auto watcher = std::make_shared<watch>(child.context->stop);
    stop = watcher->stop;
    body = watched(watcher, run_timer(*child.context), deadline, phase, std::move(body));
  }
  return outcome_of(run_below(std::move(child), std::move(body), std::move(stop)), around);
}

awaitable<void> with_deadline(const call_context& around, const call_context& below, Phase phase,
                              awaitable<void> body, std::function<void()> stop) {
  return until(around, below, phase, std::move(body), std::move(stop));
}

}  // namespace corochain::detail
