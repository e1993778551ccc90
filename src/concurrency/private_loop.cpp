// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
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
#include "corochain/concurrency/detail/blocking_loop.hpp"
#include "corochain/concurrency/run.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace asio = boost::asio;
namespace {

/// Counts the forks above this process: a loop made before one belongs to the parent.
std::atomic<unsigned> forks{0};

void watch_forks() {
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  (void)registered;
}

}  // namespace

struct private_loop {
  private_loop() : born_after(forks.load(std::memory_order_relaxed)) { asio::use_service<loop_use>(context); }
  ~private_loop() {
    // In a child of fork the reactor's epoll set is still the parent's: taking sockets out of it would deafen the
    // parent. This gives the loop a set of its own first.
    if (inherited()) context.notify_fork(asio::execution_context::fork_child);
  }
  private_loop(const private_loop&) = delete;
  private_loop& operator=(const private_loop&) = delete;
  bool inherited() const noexcept { return born_after != forks.load(std::memory_order_relaxed); }

  /// Lets cancelled work unwind. False when something is outstanding still, also after `patience`.
  bool unwind(
      std::chrono::steady_clock::duration patience = std::chrono::steady_clock::duration::zero()) noexcept {
    try {
      context.restart();
      for (int handlers = 0; handlers < 10'000; ++handlers)
        if (context.poll_one() == 0) break;
      if (!context.stopped() && patience > patience.zero()) context.run_for(patience);
      return context.stopped();
    } catch (...) {
      return false;
    }
  }

  asio::io_context context{1};
  unsigned born_after;
  bool running = false;
  const std::thread::id thread = std::this_thread::get_id();
};

namespace {

/// Each of them has three descriptors, and what runs on it is another piece of the thread's stack.
constexpr std::size_t most_loops = 64;
/// That are kept for the next use; what a body nests is rarely deeper.
constexpr std::size_t most_spare_loops = 8;

thread_local bool stack_is_gone = false;  // of a thread that ends

/// The loops of one thread: `in_use` are running, each inside a handler of the one before, and the next to be used
/// stands behind so many. One that is read on piece by piece may be elsewhere.
struct loop_stack {
  loop_stack() = default;
  ~loop_stack() { stack_is_gone = true; }
  loop_stack(const loop_stack&) = delete;
  loop_stack& operator=(const loop_stack&) = delete;

  void remove(const std::shared_ptr<private_loop>& loop) noexcept { std::erase(loops, loop); }

  std::vector<std::shared_ptr<private_loop>> loops;
  std::size_t in_use = 0;
};

thread_local loop_stack loops_of_thread;

/// A loop that was read on piece by piece goes back to its thread, with its connections.
void give_back(std::shared_ptr<private_loop> loop) noexcept {
  if (!loop || stack_is_gone || loop->thread != std::this_thread::get_id() || loop->inherited() ||
      loop->running)
    return;
  auto& stack = loops_of_thread;
  if (std::find(stack.loops.begin(), stack.loops.end(), loop) != stack.loops.end() || !loop->unwind()) return;
  try {
    asio::use_service<loop_use>(loop->context).over();
    const std::size_t place = std::min(stack.in_use, stack.loops.size());
    stack.loops.insert(stack.loops.begin() + static_cast<std::ptrdiff_t>(place), std::move(loop));
    if (stack.loops.size() > stack.in_use + most_spare_loops) stack.loops.pop_back();
  } catch (...) {  // then it goes
  }
}

/// The thread's next loop, made if need be.
std::shared_ptr<private_loop> next_loop() {
  watch_forks();
  auto& stack = loops_of_thread;
  if (stack.in_use == most_loops)
    throw ConfigError(
        "blocking calls (invoke, batch, run) are nested " + std::to_string(most_loops) +
        " deep on this thread; a step may call itself without end. Await ainvoke in steps instead");
  while (stack.loops.size() <= stack.in_use) stack.loops.emplace_back();
  auto& mine = stack.loops[stack.in_use];
  if (mine && (mine->inherited() || mine->running)) mine = nullptr;  // running: a stream reads on it
  if (!mine) mine = std::make_shared<private_loop>();
  return mine;
}

/// One use of a loop.
class loop_lease {
 public:
  loop_lease(std::shared_ptr<private_loop> loop, bool kept)
      : stack_(loops_of_thread), leased_(std::move(loop)), kept_(kept) {
    ++stack_.in_use;
    leased_->running = true;
    try {
      context().restart();
      context().poll();  // what happened meanwhile is seen first
      context().restart();
    } catch (...) {  // of a stray handler
      --stack_.in_use;
      leased_->running = false;
      throw;
    }
  }
  ~loop_lease() {
    --stack_.in_use;
    // What still has something outstanding was left behind by the caller: the next use must not run it, so the loop
    // goes, and with it the frames. But another executor that the coroutine waited for may be about to let go of the
    // loop.
    if (leased_->unwind(kept_ ? no_patience : std::chrono::steady_clock::duration(patience)))
      asio::use_service<loop_use>(context()).over();
    else
      stack_.remove(leased_);
    leased_->running = false;
  }
  loop_lease(const loop_lease&) = delete;
  loop_lease& operator=(const loop_lease&) = delete;

  asio::io_context& context() noexcept { return leased_->context; }

 private:
  static constexpr std::chrono::steady_clock::duration no_patience{};
  static constexpr std::chrono::milliseconds patience{10};

  loop_stack& stack_;
  std::shared_ptr<private_loop> leased_;
  bool kept_;
};

/// How a coroutine ended. Shared with its handler, which a loop that is kept may hold longer than the use.
struct outcome {
  asio::cancellation_signal signal;
  std::exception_ptr error;
  bool done = false;
};

/// Lets a coroutine end whose use of the loop is over: what it writes to goes.
void end_early(asio::io_context& context, outcome& ended) {
  ended.signal.emit(asio::cancellation_type::terminal);
  while (!ended.done) {
    try {
      if (context.run_one() == 0) return;
    } catch (...) {  // the first exception is the one to be told
    }
  }
}

/// `kept`: the loop stays when this is left by an exception, else the frames go with it.
void drive(std::shared_ptr<private_loop> loop, awaitable<void> body, bool kept) {
  const auto ended = std::make_shared<outcome>();
  loop_lease lease(std::move(loop), kept);
  asio::io_context& context = lease.context();
  // The loop runs on this thread only, so runs on it need no strand: the mark says so.
  auto mark = std::make_shared<run_context>();
  auto told = [ended, &context](std::exception_ptr error) {
    ended->error = std::move(error);
    ended->done = true;
    context.stop();
  };
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

void run_blocking(awaitable<void> body) { drive(next_loop(), std::move(body), false); }

blocking_loop::blocking_loop() : loop_(next_loop()) {}
blocking_loop::~blocking_loop() { give_back(std::move(loop_)); }
blocking_loop::blocking_loop(blocking_loop&&) noexcept = default;
blocking_loop& blocking_loop::operator=(blocking_loop&& other) noexcept {
  if (this != &other) give_back(std::exchange(loop_, std::move(other.loop_)));
  return *this;
}

void blocking_loop::run(awaitable<void> body) {
  if (loop_->thread != std::this_thread::get_id())
    throw ConfigError(
        "what stream(), batch_as_completed() or batch_ordered() gave is read on another thread than made it; "
        "use the awaitable form (astream(), abatch_as_completed(), ...) for that");
  if (loop_->inherited())
    throw ConfigError(
        "what stream(), batch_as_completed() or batch_ordered() gave before a fork is read in the child; "
        "begin a new one there");
  if (loop_->running)
    throw ConfigError(
        "what stream(), batch_as_completed() or batch_ordered() gave is read inside work of the loop that "
        "reads it; "
        "use the awaitable form (astream(), abatch_as_completed(), ...) in coroutines");
  drive(loop_, std::move(body), true);
}

}  // namespace corochain::detail
