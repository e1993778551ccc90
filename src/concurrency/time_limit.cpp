// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/time_limit.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <string>

#include "concurrency/run_context.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/detail/fan_out.hpp"
#include "corochain/concurrency/timeout.hpp"

namespace corochain::detail {
namespace {

std::exception_ptr over(Phase phase) {
  ErrorDetails details;
  details.phase = phase;
  const std::string what = phase == Phase::run
                               ? "the time given to the whole call was over before it was done"
                               : std::string("the time was over in phase '") + to_string(phase) + "'";
  return make_error(ErrorKind::timeout, what, std::move(details));
}

/// A fan-out of one. What the call itself ends with is kept apart from what the engine says.
class single_work final : public fan_out_work {
 public:
  single_work(awaitable<void> body, Phase phase) : body_(std::move(body)), phase_(phase) {}
  awaitable<void> next(std::size_t) override {
    begun_ = true;  // nobody asks when the time was over first
    return std::exchange(body_, awaitable<void>());
  }
  void failed(std::size_t, std::exception_ptr error) override { error_ = std::move(error); }
  std::exception_ptr timed_out() const override { return over(phase_); }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
    if (!begun_) std::rethrow_exception(timed_out());
  }

 private:
  awaitable<void> body_;
  Phase phase_;
  bool begun_ = false;
  std::exception_ptr error_;
};

fan_out_options limit_of(std::chrono::steady_clock::duration limit) {
  fan_out_options options;
  options.timeout = limit;
  options.in_place = true;
  options.cancel_on_failure = false;
  return options;
}

awaitable<void> limited(fan_out_options options, Phase phase, awaitable<void> body) {
  if (options.timeout <= options.timeout.zero()) std::rethrow_exception(over(phase));
  if (options.is_limit) {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    options.makes_run = !in_run(here) && !locate_run(here).context;
  }
  const auto work = std::make_shared<single_work>(std::move(body), phase);
  co_await run_all(work, options);
  work->rethrow();
}

}  // namespace

awaitable<void> within(std::chrono::steady_clock::time_point deadline, Phase phase, awaitable<void> body) {
  if (deadline == std::chrono::steady_clock::time_point::max()) return body;
  // Of one long past the difference may be more than a duration can hold.
  const auto now = std::chrono::steady_clock::now();
  const auto left = std::max(deadline, now) - now;
  return limited(limit_of(left), phase, std::move(body));
}

awaitable<void> run_within(std::chrono::steady_clock::duration limit, awaitable<void> body) {
  if (limit == std::chrono::steady_clock::duration::max()) return body;
  auto options = limit_of(limit);
  options.is_limit = true;
  return limited(options, Phase::run, std::move(body));
}

}  // namespace corochain::detail
