// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/virtual_time.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <stdexcept>

#include "corochain/core/error.hpp"

namespace corochain::testing {
namespace asio = boost::asio;

struct VirtualTime::state {
  /// A timer that never expires by itself. Cancelling it wakes the sleeper.
  struct sleeper {
    duration due;
    asio::steady_timer* timer;
    bool woken = false;
  };

  duration now{};
  // In the order in which they went to sleep.
  std::list<sleeper> sleepers;

  /// Wakes the sleeper that is due first. Returns false if there is none.
  bool advance() {
    auto next = sleepers.end();
    for (auto each = sleepers.begin(); each != sleepers.end(); ++each)
      if (!each->woken && (next == sleepers.end() || each->due < next->due)) next = each;
    if (next == sleepers.end()) return false;
    now = std::max(now, next->due);
    next->woken = true;
    next->timer->cancel();
    return true;
  }
};

VirtualTime::VirtualTime() : state_(std::make_shared<state>()) {}

VirtualTime::duration VirtualTime::now() const noexcept { return state_->now; }

awaitable<void> VirtualTime::sleep(duration length) const { return sleep_on(state_, length); }

awaitable<void> VirtualTime::sleep_on(std::shared_ptr<state> clock, duration length) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here, asio::steady_timer::time_point::max());
  struct place {
    place(state& owner, asio::steady_timer& its, duration due) : clock(owner) {
      at = clock.sleepers.insert(clock.sleepers.end(), {due, &its});
    }
    ~place() { clock.sleepers.erase(at); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    state& clock;
    std::list<state::sleeper>::iterator at;
  } mine(*clock, timer, clock->now + std::max(length, duration::zero()));
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (!mine.at->woken) throw CancelledError("cancelled while it slept in virtual time");
}

void VirtualTime::run_to_end(awaitable<void> call) const {
  std::exception_ptr error;
  bool done = false;
  asio::io_context loop(1);
  asio::co_spawn(loop, std::move(call), [&](std::exception_ptr e) {
    error = std::move(e);
    done = true;
  });
  while (!done) {
    if (loop.poll() > 0 || done) continue;
    if (!state_->advance())
      throw std::logic_error(
          "the coroutine waits for something that is not virtual time; let it sleep on the VirtualTime only");
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace corochain::testing
