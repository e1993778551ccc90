// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/race.hpp"

#include "corochain/core/detail/throw_last.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {
namespace {
// For the race as a whole, and for each of its calls that the end of the time has cancelled.
constexpr const char* time_is_over = "the time for the race was over before it had a winner";
}  // namespace

void race_failures::failed(std::size_t, std::exception_ptr error) { failures_.push_back(std::move(error)); }

void race_failures::throw_all(std::size_t runners) {
  // Only the end of the time leaves calls that did not begin.
  if (failures_.size() < runners) failures_.push_back(time_over(time_is_over));
  throw_last_with(std::move(failures_));
}

awaitable<void> run_race(std::shared_ptr<scope_work> work, ConcurrencyOptions options, bool nobody) {
  if (nobody) throw ConfigError("a race without calls has no winner; give it one call or more");
  scope_options made = scope_of(options, on_child_end::cancel_on_success);
  made.when_time_is_over = time_is_over;
  return run_all(std::move(work), made);
}

}  // namespace corochain::detail
