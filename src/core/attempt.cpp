// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/attempt.hpp"

#include <ostream>

#include "core/seconds_text.hpp"

// The text form of a record, for programs that print it and for tests that compare it.
namespace corochain {

std::ostream& operator<<(std::ostream& out, const AttemptRecord& attempt) {
  if (attempt.status != 0)
    out << "HTTP " << attempt.status;
  else
    out << "no answer";
  out << " in " << detail::seconds_text(attempt.timing.total);
  if (attempt.retried) out << ", a retry";
  if (attempt.resent) out << ", sent again";
  if (attempt.connection_reused) out << ", on a kept connection";
  if (attempt.retry_after) out << ", advised to wait " << detail::seconds_text(*attempt.retry_after);
  if (attempt.slept > attempt.slept.zero()) out << ", slept " << detail::seconds_text(attempt.slept);
  if (!attempt.error.empty()) out << ": " << attempt.error;
  return out;
}

}  // namespace corochain
