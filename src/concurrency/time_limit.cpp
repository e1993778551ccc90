// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/time_limit.hpp"

#include <memory>

#include "corochain/concurrency/detail/fan_out.hpp"

namespace corochain::detail {
namespace {

/// A fan-out of one.
class single_work final : public fan_out_work {
 public:
  explicit single_work(awaitable<void> body) : body_(std::move(body)) {}
  awaitable<void> next(std::size_t) override { return std::exchange(body_, awaitable<void>()); }
  void failed(std::size_t, std::exception_ptr) override {}

 private:
  awaitable<void> body_;
};

}  // namespace

awaitable<void> within(std::chrono::steady_clock::time_point deadline, Phase phase, awaitable<void> body) {
  fan_out_options options;
  const auto now = std::chrono::steady_clock::now();
  const bool limited = deadline != std::chrono::steady_clock::time_point::max();
  bool late = limited && deadline <= now;
  if (!late) {
    if (limited) options.timeout = deadline - now;
    auto work = std::make_shared<single_work>(std::move(body));
    try {
      co_await run_all(std::move(work), options);
    } catch (const TimeoutError& error) {
      if (error.phase() != Phase::batch) throw;
      late = true;
    }
  }
  if (!late) co_return;
  ErrorDetails details;
  details.phase = phase;
  throw TimeoutError(std::string("the time was over in phase '") + to_string(phase) + "'",
                     std::move(details));
}

}  // namespace corochain::detail
