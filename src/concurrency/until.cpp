// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/until.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>

#include "concurrency/run_context.hpp"
#include "concurrency/run_stop.hpp"
#include "concurrency/spawn.hpp"
#include "concurrency/stored_handler.hpp"
#include "corochain/core/detail/throw_last.hpp"
#include "corochain/core/error.hpp"

// Two children of one coroutine: the call, which `spawn_and_wait` spawns, and beside it the stop. A
// `task_scope` would do the same with two permits of the budget, and a call could then wait for the permit
// that its own stop holds.
namespace corochain::detail {
namespace asio = boost::asio;
namespace {

/// The stop of a call. The frames of the stop and its completion handler hold it, and so does the coroutine
/// that waits for both. Used on the run's executor only.
struct watched_stop {
  explicit watched_stop(std::shared_ptr<run_stop> of_call) : stopped(std::move(of_call)) {}

  /// Whether the stop ended before the call, by itself.
  bool came() const noexcept { return cause != nullptr; }
  /// Its value or failure does not matter from now on.
  void cancel() {
    if (over || std::exchange(cancelled, true)) return;
    signal.emit(asio::cancellation_type::terminal);
  }

  // In the context of the call.
  const std::shared_ptr<run_stop> stopped;
  // Cancels the call.
  const std::shared_ptr<child_stop> call = std::make_shared<child_stop>();
  asio::cancellation_signal signal;
  bool cancelled = false;
  bool call_is_over = false;
  bool over = false;
  // The reason for the end of the call: what the stop gave, or threw.
  std::exception_ptr cause;
  bool failed = false;
  // The coroutine that waits for the end of a stop that was cancelled.
  stored_handler waiter;
};

/// The completion handler of the stop. Destroyed without a call, as its loop was destroyed, it lets the
/// waiting frames go: no other operation of the loop owns them.
class stop_ended {
 public:
  explicit stop_ended(std::shared_ptr<watched_stop> stop) : stop_(std::move(stop)) {}
  stop_ended(stop_ended&&) noexcept = default;
  ~stop_ended() {
    if (const auto stop = std::move(stop_)) stop->waiter.drop();
  }
  void operator()(std::exception_ptr) {
    const auto stop = std::exchange(stop_, nullptr);
    stop->over = true;
    if (stop->waiter) stop->waiter.fire();
  }

 private:
  std::shared_ptr<watched_stop> stop_;
};

/// The outermost frame of the stop.
awaitable<void> stop_main(std::shared_ptr<watched_stop> self, awaitable<std::exception_ptr> stop) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  std::exception_ptr cause;
  bool failed = false;
  try {
    cause = co_await std::move(stop);
  } catch (...) {
    cause = std::current_exception();
    failed = true;
  }
  if (!self->cancelled && !self->call_is_over) {
    self->cause = cause;
    self->failed = failed;
    self->stopped->request(std::move(cause), true);
    // Nothing happens if the call has not begun: then it will not.
    self->call->request();
  }
  // co_spawn awaits a post outside of its own try after a child that never waited. A cancel must not throw
  // there.
  co_await asio::this_coro::throw_if_cancelled(false);
}

/// The outermost frame of the call. It notes the end before the waiter resumes, which may be later: a stop
/// that comes between the two comes too late.
awaitable<void> call_main(std::shared_ptr<watched_stop> stop, awaitable<void> call) {
  struct note_end {
    explicit note_end(watched_stop& of) : stop(of) {}
    ~note_end() { stop.call_is_over = true; }
    note_end(const note_end&) = delete;
    note_end& operator=(const note_end&) = delete;
    watched_stop& stop;
  } const note(*stop);
  co_await std::move(call);
}

[[noreturn]] void throw_failed_stop(const watched_stop& stop, const std::exception_ptr& of_call) {
  if (!of_call || is_cancellation(of_call)) std::rethrow_exception(stop.cause);
  try {
    std::rethrow_exception(stop.cause);
  } catch (const Error&) {
    throw_last_with({of_call, stop.cause});
  }
}

awaitable<void> until_here(awaitable<void> call, awaitable<std::exception_ptr> stop, bool* came) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  const auto around = context_on(here).state();
  const asio::any_io_executor serial = around->run->serial;

  auto of_call = std::make_shared<run_context>(*around);
  of_call->stop = std::make_shared<run_stop>(around->stop);
  auto of_stop = std::make_shared<run_context>(*around);
  // The permit of this coroutine goes to the call.
  of_stop->limits = nullptr;
  of_stop->permit = nullptr;
  of_stop->unheld = 0;

  // The stop begins first, so that a call is not sent when it has come already.
  const auto watched = std::make_shared<watched_stop>(of_call->stop);
  asio::co_spawn(executor_of(serial, std::move(of_stop)), stop_main(watched, std::move(stop)),
                 asio::bind_cancellation_slot(watched->signal.slot(), stop_ended(watched)));
  std::exception_ptr error;
  try {
    if (watched->came()) std::rethrow_exception(watched->cause);
    auto cancel_stop = [watched] { watched->cancel(); };
    call = spawn_and_wait(executor_of(serial, std::move(of_call)), call_main(watched, std::move(call)),
                          std::move(cancel_stop), watched->call);
    co_await std::move(call);
  } catch (...) {
    error = std::current_exception();
  }
  // The stop must not be left running: no await may throw here.
  co_await asio::this_coro::throw_if_cancelled(false);
  watched->cancel();
  if (!watched->over) {
    auto wait = suspend([watched](stored_handler handler) { watched->waiter = std::move(handler); });
    co_await std::move(wait);
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (came) *came = watched->came();

  if (cancellation.cancelled() != asio::cancellation_type::none && !run_stop::keeps_results(around->stop))
    throw CancelledError("the call was cancelled");
  if (watched->came() && watched->failed) throw_failed_stop(*watched, error);
  if (!error) co_return;
  if (watched->came() && is_cancellation(error)) std::rethrow_exception(watched->cause);
  std::rethrow_exception(error);
}

}  // namespace

awaitable<void> run_until(awaitable<void> call, awaitable<std::exception_ptr> stop, bool* came) {
  return enter_run(until_here(std::move(call), std::move(stop), came));
}

std::exception_ptr stopped_by_until() {
  return make_error(ErrorKind::cancelled,
                    "the call was stopped: the stop that was given to until() has come");
}

}  // namespace corochain::detail
