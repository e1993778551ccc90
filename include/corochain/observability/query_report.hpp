// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/query_result.hpp"

namespace corochain {

/// What many questions cost together.
class COROCHAIN_EXPORT QueryReport {
 public:
  QueryReport();
  /// `wall` is the time from the start of the first question to the end of the last.
  QueryReport(std::vector<QueryResult> results, std::chrono::steady_clock::duration wall);

  std::vector<QueryResult> results;  ///< in input order
  std::chrono::steady_clock::duration wall{};

  double seconds_sum() const noexcept;   ///< of time_taken: what one after the other would have taken
  double seconds_mean() const noexcept;  ///< 0 without results
  /// The time_taken below which `share` (0 to 1) of the results lie, by nearest rank: p95 is `seconds_at(0.95)`.
  double seconds_at(double share) const;
  /// seconds_sum over wall: how much faster than one after the other. 0 without results.
  double speed_up() const noexcept;
  Usage usage() const noexcept;
  std::size_t failed() const noexcept;
  /// How many of each kind: {"rate_limit": 2}.
  std::map<std::string, std::size_t> errors_by_kind() const;
  std::size_t retries() const noexcept;      ///< attempts that were not their call's first
  std::size_t connections() const noexcept;  ///< new connections that were opened

  /// One JSON object with the figures above and all results. Questions and answers are part of it.
  std::string to_json() const;
  /// A header line and a line for each result, as RFC 4180 has it.
  std::string to_csv() const;
};

/// A table for people: question, answer, seconds, and a line of totals.
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, const QueryReport& report);

}  // namespace corochain
