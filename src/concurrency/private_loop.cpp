// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <pthread.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include "concurrency/loop_use.hpp"
#include "concurrency/run_context.hpp"
#include "corochain/concurrency/blocking_loop.hpp"
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

  asio::io_context context{1};
  unsigned born_after;
  bool running = false;
  const std::thread::id thread = std::this_thread::get_id();
};

namespace {

/// The loops of one thread: the first `in_use` are running, each inside a handler of the one before.
struct loop_stack {
  std::vector<std::shared_ptr<private_loop>> loops;
  std::size_t in_use = 0;
};

thread_local loop_stack loops_of_thread;

/// The thread's next loop, made if need be.
std::shared_ptr<private_loop> next_loop() {
  watch_forks();
  auto& stack = loops_of_thread;
  if (stack.in_use == stack.loops.size()) stack.loops.emplace_back();
  auto& mine = stack.loops[stack.in_use];
  if (mine && (mine->inherited() || mine->running)) mine = nullptr;  // running: a stream reads on it
  if (!mine) mine = std::make_shared<private_loop>();
  return mine;
}

/// One use of a loop.
class loop_lease {
 public:
  explicit loop_lease(std::shared_ptr<private_loop> loop)
      : stack_(loops_of_thread), leased_(std::move(loop)) {
    ++stack_.in_use;
    leased_->running = true;
    context().restart();
    context().poll();  // what happened meanwhile is seen first
    context().restart();
  }
  ~loop_lease() {
    --stack_.in_use;
    if (left_clean())
      asio::use_service<loop_use>(context()).over();
    else
      for (auto& each : stack_.loops)
        if (each == leased_) each = nullptr;
    leased_->running = false;
  }
  loop_lease(const loop_lease&) = delete;
  loop_lease& operator=(const loop_lease&) = delete;

  asio::io_context& context() noexcept { return leased_->context; }

 private:
  /// Lets cancelled work unwind. What then still has something outstanding was left behind by the caller: the next use
  /// must not run it, so the loop goes, and with it the frames.
  bool left_clean() {
    try {
      context().restart();
      for (int handlers = 0; handlers < 10'000; ++handlers)
        if (context().poll_one() == 0) break;
      return context().stopped();
    } catch (...) {
      return false;
    }
  }

  loop_stack& stack_;
  std::shared_ptr<private_loop> leased_;
};

void run_on(std::shared_ptr<private_loop> loop, awaitable<void> body) {
  std::exception_ptr error;
  bool done = false;
  loop_lease lease(std::move(loop));  // gone before what its handlers write to
  // The loop runs on this thread only, so runs on it need no strand: the mark says so.
  auto mark = std::make_shared<run_context>();
  asio::co_spawn(executor_of(lease.context().get_executor(), std::move(mark)), std::move(body),
                 [&](std::exception_ptr e) {
                   error = std::move(e);
                   done = true;
                   lease.context().stop();
                 });
  lease.context().run();  // the exception of a stray handler leaves here
  if (!done) throw CancelledError("the coroutine was destroyed before it was done");
  if (error) std::rethrow_exception(error);
}

}  // namespace

void run_blocking(awaitable<void> body) { run_on(next_loop(), std::move(body)); }

blocking_loop::blocking_loop() : loop_(next_loop()) {}
blocking_loop::~blocking_loop() = default;
blocking_loop::blocking_loop(blocking_loop&&) noexcept = default;
blocking_loop& blocking_loop::operator=(blocking_loop&&) noexcept = default;

void blocking_loop::run(awaitable<void> body) {
  if (loop_->thread != std::this_thread::get_id())
    throw ConfigError("a stream() is read on another thread than made it; use astream() for that");
  if (loop_->inherited())
    throw ConfigError("a stream() made before a fork is read in the child; begin a new one there");
  if (loop_->running)
    throw ConfigError(
        "a stream() is read inside work of the loop that reads it; use astream() in coroutines");
  run_on(loop_, std::move(body));
}

}  // namespace corochain::detail
