// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/race.hpp"

#include "corochain/core/detail/throw_last.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {

race_failures::~race_failures() = default;

void race_failures::failed(std::size_t, std::exception_ptr error) { failures_.push_back(std::move(error)); }

std::exception_ptr race_failures::timed_out() const {
  return time_over("the time for the race was over before it had a winner");
}

void race_failures::throw_all(std::size_t runners) {
  // Only the end of the time leaves calls that did not begin.
  if (failures_.size() < runners) failures_.push_back(timed_out());
  throw_last_with(std::move(failures_));
}

awaitable<void> run_race(std::shared_ptr<fan_out_work> work, ConcurrencyOptions options, bool nobody) {
  if (nobody) throw ConfigError("a race without calls has no winner; give it one call or more");
  fan_out_options made;
  made.max_concurrency = options.max_concurrency;
  made.timeout = options.timeout;
  made.cancel_on_failure = false;
  made.cancel_on_success = true;
  return run_all(std::move(work), made);
}

}  // namespace corochain::detail
