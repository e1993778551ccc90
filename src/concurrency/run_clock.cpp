// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/run_clock.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "concurrency/async_event.hpp"
#include "concurrency/run_context.hpp"

namespace corochain::detail {
namespace asio = boost::asio;

run_clock::~run_clock() = default;

run_clock::time_point now_in(const run_context& context) noexcept {
  const auto& clock = context.run->clock;
  return clock ? clock->now() : std::chrono::steady_clock::now();
}

run_timer::run_timer(const run_context& context) : timer_(context.run->serial), clock_(context.run->clock) {}

// One of the two is idle, and to cancel it does nothing.
void run_timer::cancel() noexcept {
  entry_ = nullptr;
  timer_.cancel();
}

awaitable<bool> sleep_until(std::shared_ptr<run_clock> clock, run_clock::time_point due) {
  if (clock) {
    // The entry takes the call back when this frame ends, so `is_due` may stand in the frame.
    const auto woken = std::make_shared<async_event>();
    bool is_due = false;
    const auto entry = clock->call_at(due, [woken, &is_due] {
      is_due = true;
      woken->fire();
    });
    co_await async_event::wait(woken);
    co_return is_due;
  }
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here, due);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

awaitable<bool> sleep_for(const call_context& context, std::chrono::steady_clock::duration length) {
  return sleep_until(context.state()->run->clock, later(now_in(*context.state()), length));
}

asio::any_io_executor executor_with(const asio::any_io_executor& loop, std::shared_ptr<run_clock> clock) {
  // The mark of a run that has ended: new runs begin below it, on its clock.
  auto mark = std::make_shared<run_context>();
  mark->run = std::make_shared<run_state>(loop, std::move(clock));
  mark->run->ended = true;
  return executor_of(loop, std::move(mark));
}

}  // namespace corochain::detail
