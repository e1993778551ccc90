// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/signal_watch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "concurrency/run_context.hpp"
#include "corochain/concurrency/detail/until.hpp"
#include "corochain/core/error.hpp"

// A handler that writes to a pipe, and loops that wait for the pipe. asio::signal_set cannot be used: it puts
// the default in the place of the program's own handler when it is done, and the second signal has to end the
// process although no loop runs.
namespace corochain::detail {
namespace asio = boost::asio;
namespace {

struct caught_signal {
  int number;
  const char* name;
};
constexpr std::array<caught_signal, 2> watched_signals{{{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}}};

// ---- what the handler uses: lock-free atomics, and functions that POSIX allows in a handler

/// The process that set the handlers: a child of fork inherits them. 0 while none are set.
std::atomic<pid_t> handlers_owner{0};
/// The number of the signal that stops the runs; 0 before it.
std::atomic<int> first_signal{0};
/// The number of handlers that run now, on any thread.
std::atomic<int> running_handlers{0};
/// The end of the pipe that is written to. Nothing is ever read before the last run is over: all loops see
/// that the pipe can be read, and look at `first_signal`.
std::atomic<int> pipe_in{-1};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free);

void on_signal(int number) {
  const int error = errno;
  ++running_handlers;
  int none = 0;
  if (handlers_owner != ::getpid()) {
    // In a child of fork there is nobody to stop. Otherwise the handlers were taken away in this moment, and
    // the signal is for those that were there before: it is raised when this returns.
    if (handlers_owner != 0) ::signal(number, SIG_DFL);
    ::raise(number);
  } else if (first_signal.compare_exchange_strong(none, number)) {
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(pipe_in, &byte, 1);
  } else {
    ::signal(number, SIG_DFL);
    ::raise(number);
  }
  --running_handlers;
  errno = error;
}

// ---- what the runs use

/// Guards all below.
std::mutex watches_mutex;
int watch_count = 0;
/// Whether a run was stopped by `first_signal`.
bool run_was_stopped = false;
/// The process that made the pipe.
pid_t pipe_of = 0;
int pipe_out = -1;
std::array<struct sigaction, watched_signals.size()> handlers_before;

bool is_ours(const struct sigaction& action) noexcept {
  return !(action.sa_flags & SA_SIGINFO) && action.sa_handler == on_signal;
}

[[noreturn]] void throw_system_error(const char* where) {
  throw boost::system::system_error(errno, boost::system::system_category(), where);
}

/// A pipe of its own for each process, since a child of fork shares that of its parent. It stays open.
void open_pipe() {
  int ends[2];
  if (::pipe(ends) != 0) throw_system_error("a pipe for stop_on_signals");
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  pipe_out = ends[0];
  pipe_in = ends[1];
}

void set_handlers() noexcept {
  struct sigaction ours = {};
  ours.sa_handler = on_signal;
  ours.sa_flags = SA_RESTART;
  ::sigemptyset(&ours.sa_mask);
  // The two handlers share their state: one at a time on a thread.
  for (const auto& each : watched_signals) ::sigaddset(&ours.sa_mask, each.number);
  for (std::size_t i = 0; i < watched_signals.size(); ++i) {
    struct sigaction now = {};
    ::sigaction(watched_signals[i].number, nullptr, &now);
    // In a child of fork they may be there already, and `handlers_before` is that of the parent.
    if (!is_ours(now)) handlers_before[i] = now;
    const bool ignored = !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_IGN;
    if (!ignored) ::sigaction(watched_signals[i].number, &ours, nullptr);
  }
}

void take_handlers_away() noexcept {
  for (std::size_t i = 0; i < watched_signals.size(); ++i) {
    struct sigaction now = {};
    ::sigaction(watched_signals[i].number, nullptr, &now);
    if (is_ours(now)) ::sigaction(watched_signals[i].number, &handlers_before[i], nullptr);
  }
}

std::exception_ptr stopped_by(int number) {
  const char* name = "a signal";
  for (const auto& each : watched_signals)
    if (each.number == number) name = each.name;
  ErrorDetails details;
  details.signal = number;
  return make_error(ErrorKind::cancelled, std::string("stopped by ") + name, std::move(details));
}

}  // namespace

signal_watch::signal_watch() : process_(::getpid()) {
  const std::lock_guard lock(watches_mutex);
  if (pipe_of != process_) {
    open_pipe();
    pipe_of = process_;
    watch_count = 0;
    first_signal = 0;
    running_handlers = 0;
  }
  if (watch_count++ > 0) return;
  run_was_stopped = false;
  handlers_owner = process_;
  set_handlers();
}

signal_watch::~signal_watch() {
  if (process_ != ::getpid()) return;
  std::unique_lock lock(watches_mutex);
  run_was_stopped = run_was_stopped || stopped_;
  if (--watch_count > 0) return;
  // In this order: a handler without an owner raises its signal for the handlers that were there before.
  take_handlers_away();
  handlers_owner = 0;
  // A handler on another thread may still write, or set `first_signal`.
  while (running_handlers > 0) std::this_thread::yield();
  char rest[16];
  while (::read(pipe_out, rest, sizeof rest) > 0) {
  }
  const int number = first_signal.exchange(0);
  if (number == 0 || run_was_stopped) return;
  // It came too late to stop a run, so it does what it would have done without the handlers.
  lock.unlock();
  ::kill(process_, number);
}

awaitable<void> signal_watch::watch(awaitable<void> call) {
  return run_until(std::move(call), next(), &stopped_);
}

/// Gives the `CancelledError` of the first signal.
awaitable<std::exception_ptr> signal_watch::next() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor woken(io_executor(here));
  {
    const std::lock_guard lock(watches_mutex);
    const int copy = ::fcntl(pipe_out, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) throw_system_error("a descriptor for stop_on_signals");
    woken.assign(copy);
  }
  while (first_signal == 0)
    co_await woken.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  co_return stopped_by(first_signal);
}

}  // namespace corochain::detail
