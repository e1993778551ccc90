// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/virtual_time.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <stdexcept>
#include <vector>

#include "concurrency/run_clock.hpp"
#include "corochain/core/error.hpp"

namespace corochain::testing {
namespace asio = boost::asio;

/// The clock of the runs on the loop of `run`. It begins at the real time, as `run_clock` asks for.
struct VirtualTime::state final : corochain::detail::run_clock {
  struct sleeper {
    time_point due;
    std::function<void()> then;
  };

  time_point now() const noexcept override { return at; }
  std::shared_ptr<void> call_at(time_point due, std::function<void()> then) override {
    auto entry = std::make_shared<sleeper>(due, std::move(then));
    sleepers.push_back(entry);
    return entry;
  }

  /// Wakes the sleeper that is due first, the earliest of those that are due at once. False if there is none.
  bool advance() {
    std::erase_if(sleepers, [](const auto& each) { return each.expired(); });
    auto next = std::min_element(sleepers.begin(), sleepers.end(),
                                 [](const auto& a, const auto& b) { return a.lock()->due < b.lock()->due; });
    if (next == sleepers.end()) return false;
    const auto woken = next->lock();
    if (woken->due == time_point::max()) return false;  // which never comes
    sleepers.erase(next);
    at = std::max(at, woken->due);
    woken->then();
    return true;
  }

  const time_point began = std::chrono::steady_clock::now();
  time_point at = began;
  // In the order in which they went to sleep. An entry that is gone was taken back.
  std::vector<std::weak_ptr<sleeper>> sleepers;
};

VirtualTime::VirtualTime() : state_(std::make_shared<state>()) {}

VirtualTime::duration VirtualTime::now() const noexcept { return state_->at - state_->began; }

awaitable<void> VirtualTime::sleep(duration length) const { return sleep_on(state_, length); }

awaitable<void> VirtualTime::sleep_on(std::shared_ptr<state> clock, duration length) {
  const auto due = corochain::detail::later(clock->at, std::max(length, duration::zero()));
  const bool slept = co_await corochain::detail::sleep_until(std::move(clock), due);
  if (!slept) throw CancelledError("cancelled while it slept in virtual time");
}

void VirtualTime::run_to_end(awaitable<void> call) const {
  std::exception_ptr error;
  bool done = false;
  asio::io_context loop(1);
  asio::co_spawn(corochain::detail::executor_with(loop.get_executor(), state_), std::move(call),
                 [&](std::exception_ptr e) {
                   error = std::move(e);
                   done = true;
                 });
  while (!done) {
    if (loop.poll() > 0 || done) continue;
    if (!state_->advance())
      throw std::logic_error(
          "the coroutine waits for something that is not virtual time; use no sockets and no timers of Asio in it");
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace corochain::testing
