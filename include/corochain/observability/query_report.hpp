// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/query_result.hpp"

namespace corochain {

/// The cost of many questions together.
class COROCHAIN_EXPORT QueryReport {
 public:
  QueryReport();
  /// `wall` is the time from the start of the first question to the end of the last.
  QueryReport(std::vector<QueryResult> results, std::chrono::steady_clock::duration wall);

  /// In input order.
  std::vector<QueryResult> results;
  std::chrono::steady_clock::duration wall{};

  /// The sum of `time_taken`: the time of the questions one after the other.
  double seconds_sum() const noexcept;
  /// The mean of `time_taken`; 0 without results.
  double seconds_mean() const noexcept;
  /// The percentile of `time_taken` by nearest rank: `share` (0 to 1) of the results took no longer. p95 is
  /// `seconds_at(0.95)`.
  double seconds_at(double share) const;
  /// `seconds_sum()` divided by `wall`: the speed-up over one question after the other. 0 without results.
  double speed_up() const noexcept;
  Usage usage() const noexcept;
  std::size_t failed() const noexcept;
  /// The number of errors of each kind: {"rate_limit": 2}.
  std::map<std::string, std::size_t> errors_by_kind() const;
  /// The number of attempts that were retries.
  std::size_t retries() const noexcept;
  /// The number of requests that were sent again at once because their kept connection had been closed, which
  /// are no retries.
  std::size_t resends() const noexcept;
  /// The number of failed calls that were not retried because the retry budget was used up.
  std::size_t retries_refused() const noexcept;
  /// The number of new connections that were opened.
  std::size_t connections() const noexcept;

  /// One JSON object with the figures above and all results. It holds questions and answers.
  std::string to_json() const;
  /// A header line and a line for each result, in the format of RFC 4180.
  std::string to_csv() const;
};

/// Writes a table for people: question, answer, seconds, and a line of totals.
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, const QueryReport& report);

/// A `QueryReport` with the answers themselves, for a chain whose output is no text.
template <class Out>
class TypedQueryReport : public QueryReport {
 public:
  TypedQueryReport() = default;
  TypedQueryReport(std::vector<QueryResult> all, std::vector<std::optional<Out>> answers,
                   std::chrono::steady_clock::duration whole)
      : QueryReport(std::move(all), whole), values(std::move(answers)) {}

  /// The answer to each question, by the index in `results`; empty for a question that failed.
  std::vector<std::optional<Out>> values;
};

/// The report of `query_all` for a chain that gives an `Out`. The answers of a chain that gives text are in
/// `QueryReport::results`.
template <class Out>
using QueryReportOf = std::conditional_t<std::same_as<Out, std::string>, QueryReport, TypedQueryReport<Out>>;

}  // namespace corochain
