// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <boost/asio/this_coro.hpp>
#include <string>
#include <utility>

#include "concurrency/fan_out.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/error.hpp"

// What a fan-out is given to do, and the way to do all of it.

namespace corochain::detail {
namespace asio = boost::asio;

fan_out_work::~fan_out_work() = default;
awaitable<void> fan_out_work::next(std::size_t) { return {}; }
awaitable<void> fan_out_work::next_in(std::size_t index, const call_context&) { return next(index); }
bool fan_out_work::may_draw() const noexcept { return true; }
void fan_out_work::ended(std::size_t) {}
void fan_out_work::begins(const std::shared_ptr<fan_out>&) {}
bool fan_out_work::has_next() const noexcept { return true; }
bool fan_out_work::expects_more() const noexcept { return has_next(); }
void fan_out_work::failing() {}

void throw_spent_call(std::size_t index) {
  throw ConfigError("the call with the index " + std::to_string(index) +
                    " cannot be awaited: it was awaited or moved from before. Make a new one for each await");
}

std::exception_ptr time_over(const char* what) {
  ErrorDetails details;
  details.phase = Phase::batch;
  return make_error(ErrorKind::timeout, what, std::move(details));
}

std::exception_ptr fan_out_work::timed_out() const {
  return time_over("the time for all calls together was over before all of them were done");
}

void draw_on(const std::shared_ptr<fan_out>& engine) { engine->draw_on(); }
void end_early(const std::shared_ptr<fan_out>& engine, std::exception_ptr error) {
  engine->end_early(std::move(error));
}

namespace {

awaitable<void> run_all_here(std::shared_ptr<fan_out_work> work, fan_out_options options) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  const call_context context = context_on(here);
  co_await run_all(context, std::move(work), options);
}

}  // namespace

awaitable<void> run_all(call_context context, std::shared_ptr<fan_out_work> work, fan_out_options options) {
  const auto engine = std::make_shared<fan_out>(context.state(), std::move(work), options);
  // From the start of the first child on, nothing may throw before the join: not even a cancel that is already there.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const std::exception_ptr error = engine->try_start();
  co_await engine->join();
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (error) std::rethrow_exception(error);
  engine->rethrow(options.cancel_on_failure);
}

awaitable<void> run_all(std::shared_ptr<fan_out_work> work, fan_out_options options) {
  return enter_run(run_all_here(std::move(work), options));
}

}  // namespace corochain::detail
