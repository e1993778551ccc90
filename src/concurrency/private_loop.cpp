// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <pthread.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <vector>

#include "concurrency/loop_use.hpp"
#include "concurrency/run_context.hpp"
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
};

/// The loops of one thread: the first `in_use` are running, each inside a handler of the one before.
struct loop_stack {
  std::vector<std::unique_ptr<private_loop>> loops;
  std::size_t in_use = 0;
};

thread_local loop_stack loops_of_thread;

/// The thread's next loop, for one use.
class loop_lease {
 public:
  loop_lease() : stack_(loops_of_thread), index_(stack_.in_use) {
    watch_forks();
    if (index_ == stack_.loops.size()) stack_.loops.emplace_back();
    auto& mine = stack_.loops[index_];
    if (mine && mine->inherited()) mine = nullptr;
    if (!mine) mine = std::make_unique<private_loop>();
    ++stack_.in_use;
    loop().restart();
    loop().poll();  // what happened meanwhile is seen first
    loop().restart();
  }
  ~loop_lease() {
    --stack_.in_use;
    if (left_clean())
      asio::use_service<loop_use>(loop()).over();
    else
      stack_.loops[index_] = nullptr;
  }
  loop_lease(const loop_lease&) = delete;
  loop_lease& operator=(const loop_lease&) = delete;

  asio::io_context& loop() noexcept { return stack_.loops[index_]->context; }

 private:
  /// Lets cancelled work unwind. What then still has something outstanding was left behind by the caller: the next use
  /// must not run it, so the loop goes, and with it the frames.
  bool left_clean() {
    try {
      loop().restart();
      for (int handlers = 0; handlers < 10'000; ++handlers)
        if (loop().poll_one() == 0) break;
      return loop().stopped();
    } catch (...) {
      return false;
    }
  }

  loop_stack& stack_;
  std::size_t index_;
};

}  // namespace

void run_blocking(awaitable<void> body) {
  std::exception_ptr error;
  bool done = false;
  loop_lease lease;  // gone before what its handlers write to
  // The loop runs on this thread only, so runs on it need no strand: the mark says so.
  auto mark = std::make_shared<run_context>();
  asio::co_spawn(executor_of(lease.loop().get_executor(), std::move(mark)), std::move(body),
                 [&](std::exception_ptr e) {
                   error = std::move(e);
                   done = true;
                   lease.loop().stop();
                 });
  lease.loop().run();  // the exception of a stray handler leaves here
  if (!done) throw CancelledError("the coroutine was destroyed before it was done");
  if (error) std::rethrow_exception(error);
}

}  // namespace corochain::detail
