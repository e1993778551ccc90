// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/time_limit.hpp"

#include <memory>
#include <string>

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

awaitable<void> limited(std::chrono::steady_clock::duration limit, Phase phase, awaitable<void> body) {
  if (limit <= limit.zero()) std::rethrow_exception(over(phase));
  fan_out_options options;
  options.timeout = limit;
  options.cancel_on_failure = false;
  const auto work = std::make_shared<single_work>(std::move(body), phase);
  co_await run_all(work, options);
  work->rethrow();
}

}  // namespace

awaitable<void> within(std::chrono::steady_clock::time_point deadline, Phase phase, awaitable<void> body) {
  if (deadline == std::chrono::steady_clock::time_point::max()) return body;
  return limited(deadline - std::chrono::steady_clock::now(), phase, std::move(body));
}

awaitable<void> run_within(std::chrono::steady_clock::duration limit, awaitable<void> body) {
  if (limit == std::chrono::steady_clock::duration::max()) return body;
  return limited(limit, Phase::run, std::move(body));
}

}  // namespace corochain::detail
