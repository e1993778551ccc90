// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/resolver.hpp"

#include <netdb.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "concurrency/async_event.hpp"

namespace corochain::transport {
namespace asio = boost::asio;
using clock = resolver::clock;

/// The resolver holds it weakly, so that a caller that has gone costs nothing.
class lookup_wait final {
 public:
  void deliver(const lookup_result& result) noexcept {
    event_->fire([&] { result_ = result; });
  }
  const std::shared_ptr<detail::async_event>& event() const noexcept { return event_; }
  /// Reports an aborted look-up until a result was delivered.
  const lookup_result& result() const noexcept { return result_; }

 private:
  const std::shared_ptr<detail::async_event> event_ = std::make_shared<detail::async_event>();
  lookup_result result_{asio::error::operation_aborted, {}};
};

namespace {

/// Asks the system, and blocks for as long as its name servers let it: up to half a minute.
lookup_result ask_system(const std::string& host) {
  lookup_result result;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  // No addresses of a family that the machine has no address of.
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failure != 0) {
    result.error = failure == EAI_SYSTEM  ? boost::system::error_code(errno, boost::system::system_category())
                   : failure == EAI_AGAIN ? boost::system::error_code(asio::error::host_not_found_try_again)
                                          : boost::system::error_code(asio::error::host_not_found);
    return result;
  }
  for (const addrinfo* each = found; each; each = each->ai_next) {
    asio::ip::tcp::endpoint address;
    if (each->ai_addrlen > address.capacity()) continue;
    std::copy_n(reinterpret_cast<const unsigned char*>(each->ai_addr), each->ai_addrlen,
                reinterpret_cast<unsigned char*>(address.data()));
    result.addresses.push_back(address.address());
  }
  ::freeaddrinfo(found);
  if (result.addresses.empty()) result.error = asio::error::host_not_found;
  return result;
}

}  // namespace

/// The threads share it. They outlive the resolver while one of their system calls hangs.
struct resolver::state : std::enable_shared_from_this<state> {
  static constexpr std::size_t max_threads = 4;
  static constexpr std::chrono::seconds keep_for{60};

  /// The state of a name's look-up: its last result, and the callers that wait for the next one.
  struct name {
    // Whether a look-up is queued or under way.
    bool pending = false;
    clock::time_point found_at{};
    lookup_result result;
    std::vector<std::weak_ptr<lookup_wait>> waits;
  };

  state(query_function q, std::function<clock::time_point()> n) : query(std::move(q)), now(std::move(n)) {}

  /// The body of each thread. The lock is not held while a name is looked up or a caller is told.
  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle;
      wake.wait(lock, [this] { return stop || !queue.empty(); });
      --idle;
      if (stop) return;
      const std::string host = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      lookup_result result;
      try {
        result = query(host);
      } catch (...) {
        // The query should not throw, but memory may be short. The thread lives on for the other names.
        result.error = asio::error::no_recovery;
      }
      lock.lock();
      auto& entry = names[host];
      entry.pending = false;
      entry.found_at = now();
      entry.result = result;
      const auto waits = std::exchange(entry.waits, {});
      if (result.error) names.erase(host);
      lock.unlock();
      for (const auto& each : waits)
        if (const auto wait = each.lock()) wait->deliver(result);
      lock.lock();
    }
  }

  const query_function query;
  const std::function<clock::time_point()> now;
  std::mutex mutex;
  std::condition_variable wake;
  std::map<std::string, name> names;
  std::deque<std::string> queue;
  std::size_t threads = 0;
  std::size_t idle = 0;
  bool stop = false;
};

resolver::resolver(query_function query, std::function<clock::time_point()> now)
    : state_(std::make_shared<state>(std::move(query), std::move(now))) {}

resolver::~resolver() {
  const std::lock_guard lock(state_->mutex);
  state_->stop = true;
  state_->wake.notify_all();
}

namespace {

/// Never destroyed: its threads may still be inside a system call when the process ends.
struct system_resolver {
  unsigned forks;
  std::shared_ptr<resolver> names;
  // The one of the parent process: still reachable, so that tools report no leak.
  const system_resolver* before;
};
std::atomic<unsigned> forks_seen{0};
std::atomic<const system_resolver*> newest{nullptr};

}  // namespace

std::shared_ptr<resolver> resolver::system() {
  // A child of fork has none of the threads, so it makes a resolver of its own when it first needs one. It
  // does not at the fork itself, when another thread may hold the allocator's lock for good.
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { forks_seen.fetch_add(1, std::memory_order_relaxed); });
  (void)registered;
  const unsigned now = forks_seen.load(std::memory_order_relaxed);
  const system_resolver* known = newest.load(std::memory_order_acquire);
  while (!known || known->forks != now) {
    auto made = std::make_unique<const system_resolver>(
        system_resolver{now, std::make_shared<resolver>(&ask_system), known});
    if (newest.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel))
      return made.release()->names;
  }
  return known->names;
}

std::shared_ptr<lookup_wait> resolver::begin(const std::string& host) {
  auto wait = std::make_shared<lookup_wait>();
  const auto now = state_->now();
  const std::lock_guard lock(state_->mutex);
  // Every caller tidies up, so that names that are not asked for again take no memory.
  std::erase_if(state_->names, [now](const auto& each) {
    return !each.second.pending && now - each.second.found_at >= state::keep_for;
  });
  auto& entry = state_->names[host];
  if (!entry.pending && !entry.result.addresses.empty()) {
    wait->deliver(entry.result);
    return wait;
  }
  entry.waits.push_back(wait);
  if (entry.pending) return wait;
  entry.pending = true;
  state_->queue.push_back(host);
  if (state_->idle < state_->queue.size() && state_->threads < state::max_threads) {
    try {
      std::thread([shared = state_] { shared->work(); }).detach();
      ++state_->threads;
    } catch (const std::system_error& failure) {
      // No thread will ever work on it.
      if (state_->threads == 0) {
        state_->queue.pop_back();
        state_->names.erase(host);
        lookup_result result;
        result.error = failure.code();
        wait->deliver(result);
        return wait;
      }
    }
  }
  state_->wake.notify_one();
  return wait;
}

void resolver::abandon(lookup_wait& wait) noexcept { wait.event()->fire(); }

awaitable<lookup_result> resolver::finish(std::shared_ptr<lookup_wait> wait) {
  co_await detail::async_event::wait(wait->event());
  co_return wait->result();
}

}  // namespace corochain::transport
