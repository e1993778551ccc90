// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/detail/blocking_loop.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "concurrency/loop_use.hpp"
#include "concurrency/run_context.hpp"
#include "concurrency/signal_watch.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

// The blocking verbs (`run`, `invoke`, `batch`, blocking ranges) run their coroutine on an event loop of the
// calling thread. Each thread has a stack of such loops, one for each depth of nesting, and keeps them
// between uses, since a loop owns the open connections that were made on it. Threads share nothing here, so
// there is no lock; the fork counter is the only global.

namespace {

/// Counts the forks above this process: a loop that was made before a fork belongs to the parent.
std::atomic<unsigned> forks{0};

void watch_forks() {
  [[maybe_unused]] static const int registered =
      pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
}

}  // namespace

/// An event loop of one thread and one process. The stack of its thread owns it, and so does each use of it,
/// because the stack may let it go during the use.
struct private_loop {
  private_loop() : born_after(forks.load(std::memory_order_relaxed)) { asio::use_service<loop_use>(context); }
  ~private_loop() {
    // In a child of fork the reactor's epoll set is still the parent's: removing sockets from it would remove
    // them from the parent's. This gives the loop a set of its own first.
    if (inherited()) context.notify_fork(asio::execution_context::fork_child);
  }
  bool inherited() const noexcept { return born_after != forks.load(std::memory_order_relaxed); }

  /// Lets cancelled work unwind. False if work is still outstanding, also after `patience`.
  bool unwind(std::chrono::milliseconds patience = std::chrono::milliseconds(0)) noexcept {
    try {
      context.restart();
      // Handlers that are ready run without a wait. The bound is for a handler that posts itself again.
      for (int handlers = 0; handlers < 10'000; ++handlers)
        if (context.poll_one() == 0) break;
      if (!context.stopped() && patience > patience.zero()) context.run_for(patience);
      return context.stopped();
    } catch (...) {
      return false;
    }
  }

  asio::io_context context{1};
  // The count of forks when it was made.
  unsigned born_after;
  // Whether a use of it is further up on the stack of this thread.
  bool running = false;
  const std::thread::id thread = std::this_thread::get_id();
};

namespace {

/// The bound on the loops of a thread. Each loop has three descriptors, and its handlers use the thread's
/// stack.
constexpr std::size_t most_loops = 64;
/// The number of loops that are kept for the next use; bodies rarely nest deeper.
constexpr std::size_t most_spare_loops = 8;

// Set when the thread ends. A blocking range may be a static object, which is destroyed later. This flag has
// no destructor, so it may still be read then.
thread_local bool stack_is_gone = false;

/// The loops of one thread. The first `in_use` are running, each inside a handler of the one before, and the
/// next one to be used stands behind them. The loop of a blocking range may be elsewhere.
struct loop_stack {
  loop_stack() = default;
  ~loop_stack() { stack_is_gone = true; }
  loop_stack(const loop_stack&) = delete;
  loop_stack& operator=(const loop_stack&) = delete;

  std::vector<std::shared_ptr<private_loop>> loops;
  std::size_t in_use = 0;
};

thread_local loop_stack loops_of_thread;

/// Returns the loop of a blocking range to its thread, with its connections.
void give_back(std::shared_ptr<private_loop> loop) noexcept {
  if (!loop || stack_is_gone || loop->thread != std::this_thread::get_id() || loop->inherited() ||
      loop->running)
    return;
  auto& stack = loops_of_thread;
  // Mostly the loop is still in the stack. It is not if a nested use found it running and replaced it.
  if (std::find(stack.loops.begin(), stack.loops.end(), loop) != stack.loops.end() || !loop->unwind()) return;
  try {
    asio::use_service<loop_use>(loop->context).over();
    // It becomes the next loop to be used, because its connections are the latest.
    const std::size_t place = std::min(stack.in_use, stack.loops.size());
    stack.loops.insert(stack.loops.begin() + static_cast<std::ptrdiff_t>(place), std::move(loop));
    if (stack.loops.size() > stack.in_use + most_spare_loops) stack.loops.pop_back();
  } catch (...) {  // the loop is destroyed
  }
}

/// The thread's next loop; makes one if there is none.
std::shared_ptr<private_loop> next_loop() {
  watch_forks();
  auto& stack = loops_of_thread;
  if (stack.in_use == most_loops)
    throw ConfigError(
        "blocking calls (invoke, batch, run) are nested " + std::to_string(most_loops) +
        " deep on this thread; a step may call itself without end. Await ainvoke in steps instead");
  while (stack.loops.size() <= stack.in_use) stack.loops.emplace_back();
  auto& mine = stack.loops[stack.in_use];
  // A running loop belongs to a stream that is being read.
  if (mine && (mine->inherited() || mine->running)) mine = nullptr;
  if (!mine) mine = std::make_shared<private_loop>();
  return mine;
}

/// One use of a loop, from its first handler to the state in which the next use may find it. With `kept` the
/// frames outlive the use: the range that owns the loop goes on with them.
class loop_lease {
 public:
  loop_lease(std::shared_ptr<private_loop> loop, bool kept)
      : stack_(loops_of_thread), leased_(std::move(loop)), kept_(kept) {
    ++stack_.in_use;
    leased_->running = true;
    try {
      context().restart();
      // Handles the events that happened since the last use, first.
      context().poll();
      context().restart();
    } catch (...) {  // of a stray handler
      --stack_.in_use;
      leased_->running = false;
      throw;
    }
  }
  ~loop_lease() {
    // Before the handlers below run: one of them may make a blocking call, which takes this place in the
    // stack. It finds the loop marked as running and makes another one.
    --stack_.in_use;
    // Outstanding work was left behind by the caller and must not run in the next use, so the loop is
    // destroyed, and with it the frames. Before that it gets some time, because another executor that the
    // coroutine waited for may be about to release the loop.
    if (leased_->unwind(std::chrono::milliseconds(kept_ ? 0 : 10)))
      asio::use_service<loop_use>(context()).over();
    else
      std::erase(stack_.loops, leased_);
    leased_->running = false;
  }
  loop_lease(const loop_lease&) = delete;
  loop_lease& operator=(const loop_lease&) = delete;

  asio::io_context& context() noexcept { return leased_->context; }

 private:
  loop_stack& stack_;
  std::shared_ptr<private_loop> leased_;
  bool kept_;
};

/// The result of a coroutine. Shared with its handler, which a kept loop may hold longer than the use.
struct outcome {
  asio::cancellation_signal signal;
  std::exception_ptr error;
  bool done = false;
};

/// Runs a coroutine to its end when the use of its loop is over, because the objects that it writes to are
/// about to go.
void end_early(asio::io_context& context, outcome& ended) {
  // Only the loop of a range comes here. That of `run` is destroyed with its frames, which needs no cancel.
  ended.signal.emit(asio::cancellation_type::terminal);
  while (!ended.done) {
    try {
      if (context.run_one() == 0) return;
    } catch (...) {  // the first exception is thrown
    }
  }
}

/// Runs `body` on the loop. With `kept` the loop stays when this throws; without it the frames go with the
/// loop.
void drive(std::shared_ptr<private_loop> loop, awaitable<void> body, bool kept) {
  const auto ended = std::make_shared<outcome>();
  loop_lease lease(std::move(loop), kept);
  asio::io_context& context = lease.context();
  // The loop runs on this thread only, so its runs need no strand. The mark tells them so.
  auto mark = std::make_shared<run_context>();
  auto told = [ended, &context](std::exception_ptr error) {
    ended->error = std::move(error);
    ended->done = true;
    // The call is over although other work is outstanding, such as a child that nobody awaits.
    context.stop();
  };
  // The signal lives in `ended`, which the handler owns: it must not go while its slot is connected.
  const auto slot = kept ? ended->signal.slot() : asio::cancellation_slot();
  asio::co_spawn(executor_of(context.get_executor(), std::move(mark)), std::move(body),
                 asio::bind_cancellation_slot(slot, std::move(told)));
  try {
    context.run();
  } catch (...) {  // of a stray handler
    if (kept) end_early(context, *ended);
    throw;
  }
  if (!ended->done) throw CancelledError("the coroutine was destroyed before it was done");
  if (ended->error) std::rethrow_exception(std::exchange(ended->error, nullptr));
}

}  // namespace

void run_blocking(awaitable<void> body, RunOptions options) {
  if (!options.stop_on_signals) return drive(next_loop(), std::move(body), false);
  signal_watch signals;
  drive(next_loop(), signals.watch(std::move(body)), false);
}

blocking_loop::blocking_loop() : loop_(next_loop()) {}
blocking_loop::~blocking_loop() { give_back(std::move(loop_)); }
blocking_loop::blocking_loop(blocking_loop&&) noexcept = default;
blocking_loop& blocking_loop::operator=(blocking_loop&& other) noexcept {
  if (this != &other) give_back(std::exchange(loop_, std::move(other.loop_)));
  return *this;
}

// The three refusals are of misuses that would hang or crash: another thread would run a loop that has no
// lock, a child of fork would read the sockets of its parent, and a nested use would wait for itself.
void blocking_loop::run(awaitable<void> body) {
  if (loop_->thread != std::this_thread::get_id())
    throw ConfigError(
        "the range of stream(), batch_as_completed() or batch_ordered() was read on another thread than the "
        "one that made it; use the awaitable form (astream(), abatch_as_completed(), ...) for that");
  if (loop_->inherited())
    throw ConfigError(
        "the range of stream(), batch_as_completed() or batch_ordered() was made before a fork and read in "
        "the child; make a new one there");
  if (loop_->running)
    throw ConfigError(
        "the range of stream(), batch_as_completed() or batch_ordered() was read by a coroutine that runs on "
        "the range's own loop; use the awaitable form (astream(), abatch_as_completed(), ...) in coroutines");
  drive(loop_, std::move(body), true);
}

}  // namespace corochain::detail
