// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/spawn.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>

namespace corochain::detail {
namespace asio = boost::asio;
namespace {

/// The state that the waiter and the child share. The completion handler, the child's outermost frame and the
/// waiter's cancellation slot hold it. So a signal that arrives after the end finds it alive, with `ended`
/// set.
struct child {
  // Emitted on the child's executor only, as a signal is not safe from two threads.
  asio::cancellation_signal signal;
  std::function<void()> on_cancel;
  std::shared_ptr<child_stop> stop;
  std::shared_ptr<std::atomic<bool>> tell_end;
  // The exception of the body. Touched on the child's executor only.
  std::exception_ptr error;
  // Touched on the child's executor only.
  bool ended = false;
};

/// Sets the flag in its destructor, because a frame that the loop destroys runs no further line.
struct mark_ended {
  explicit mark_ended(std::shared_ptr<std::atomic<bool>> flag) : ended(std::move(flag)) {}
  ~mark_ended() {
    if (ended) *ended = true;
  }
  mark_ended(const mark_ended&) = delete;
  mark_ended& operator=(const mark_ended&) = delete;
  std::shared_ptr<std::atomic<bool>> ended;
};

/// The outermost frame of the child.
awaitable<void> child_main(awaitable<void> body, std::shared_ptr<child> task) {
  const mark_ended mark(std::move(task->tell_end));
  // co_spawn lets through terminal cancellation only; this lets through all three types.
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  try {
    co_await std::move(body);
  } catch (...) {
    // Not thrown through co_spawn, which would release the exception on this executor while the waiter uses
    // it on another one.
    task->error = std::current_exception();
  }
  // co_spawn awaits a post outside of its own try after a child that never waited. A cancel must not throw
  // there.
  co_await asio::this_coro::throw_if_cancelled(false);
}

}  // namespace

struct start_child {
  template <class Handler>
  void operator()(Handler handler, asio::any_io_executor executor, awaitable<void> body,
                  std::shared_ptr<child> task) const {
    auto waiting = asio::get_associated_executor(handler, executor);
    // Dispatched, not emitted here: the two executors may be different threads. The child may have ended when
    // its turn comes.
    auto cancel = [task, executor](asio::cancellation_type type) {
      if (task->on_cancel) task->on_cancel();
      asio::dispatch(executor, [task, type] {
        if (!task->ended) task->signal.emit(type);
      });
    };
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) slot.assign(cancel);
    // Weak: the body may own `stop`, and with it this function.
    if (task->stop)
      task->stop->emit_ = [weak = std::weak_ptr<child>(task), executor] {
        const auto child = weak.lock();
        if (!child) return;
        asio::dispatch(executor, [child] {
          if (!child->ended) child->signal.emit(asio::cancellation_type::terminal);
        });
      };
    auto done = [handler = std::move(handler), waiting, task](std::exception_ptr error) mutable {
      // First, so that signals that are on their way do nothing. Then `stop` lets go of the child, before the
      // waiter can use it for another one.
      task->ended = true;
      if (!error) error = std::exchange(task->error, nullptr);
      if (task->stop) task->stop->emit_ = nullptr;
      asio::dispatch(waiting, [handler = std::move(handler), error]() mutable { std::move(handler)(error); });
    };
    // Taken before the call, because an argument of it moves `task`.
    auto slot = task->signal.slot();
    asio::co_spawn(executor, child_main(std::move(body), std::move(task)),
                   asio::bind_cancellation_slot(slot, std::move(done)));
  }
};

awaitable<void> spawn_and_wait(asio::any_io_executor executor, awaitable<void> body,
                               std::function<void()> on_cancel, std::shared_ptr<child_stop> stop,
                               std::shared_ptr<std::atomic<bool>> ended) {
  auto task = std::make_shared<child>();
  task->stop = std::move(stop);
  task->on_cancel = std::move(on_cancel);
  task->tell_end = std::move(ended);
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      start_child(), asio::use_awaitable, std::move(executor), std::move(body), std::move(task));
}

}  // namespace corochain::detail
