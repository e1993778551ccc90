// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/run_stop.hpp"

#include <utility>

#include "corochain/core/error.hpp"

namespace corochain::detail {

run_stop::run_stop(std::shared_ptr<const run_stop> around) noexcept : around_(std::move(around)) {}

void run_stop::request(std::exception_ptr cause, bool keeps_results) noexcept {
  if (requested_) return;
  cause_ = std::move(cause);
  keeps_results_ = keeps_results;
  requested_ = true;
}

// The innermost one comes first: it ended the work that asks, whatever happened around it later.
const run_stop* run_stop::requested(const std::shared_ptr<const run_stop>& stop) noexcept {
  const run_stop* each = stop.get();
  while (each && !each->requested_) each = each->around_.get();
  return each;
}

bool run_stop::keeps_results(const std::shared_ptr<const run_stop>& stop) noexcept {
  const run_stop* const found = requested(stop);
  return found && found->keeps_results_;
}

bool is_cancellation(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == ErrorCondition::cancelled;
  } catch (...) {
    return false;
  }
}

}  // namespace corochain::detail
