// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/query_result.hpp"

#include <ostream>

#include "core/seconds_text.hpp"

// The special members are compiled here once. A result has many fields that own memory, and each program with
// a batch moves results.
namespace corochain {

QueryResult::QueryResult() = default;
QueryResult::QueryResult(const QueryResult& other) = default;
QueryResult::QueryResult(QueryResult&& other) noexcept = default;
QueryResult& QueryResult::operator=(const QueryResult& other) = default;
QueryResult& QueryResult::operator=(QueryResult&& other) noexcept = default;
QueryResult::~QueryResult() = default;

std::ostream& operator<<(std::ostream& out, const QueryResult& result) {
  out << result.question << " -> ";
  if (result.error)
    out << *result.error;
  else
    out << result.answer;
  return out << " (" << detail::seconds_text(result.timing.total) << ", " << result.usage << ')';
}

}  // namespace corochain
