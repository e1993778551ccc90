// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <iosfwd>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "corochain/core/attempt.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/result.hpp"
#include "corochain/core/usage.hpp"

namespace corochain {

/// One question, its answer, and what it cost.
struct COROCHAIN_EXPORT QueryResult {
  QueryResult();
  QueryResult(const QueryResult& other);
  QueryResult(QueryResult&& other) noexcept;
  QueryResult& operator=(const QueryResult& other);
  QueryResult& operator=(QueryResult&& other) noexcept;
  ~QueryResult();

  /// The question as asked. A Dict is shown as its only value, or whole as JSON.
  std::string question;
  /// The answer as a text: text as it is, the content of an `AIMessage`, numbers and JSON as
  /// `Value::to_text` writes them, and a remark for a value without a text. Empty if the question failed. The
  /// answer itself is `TypedQueryResult::value`.
  std::string answer;
  /// Seconds from start to end, without the wait in a batch's queue.
  double time_taken = 0;
  /// The reason why there is no answer.
  std::optional<Failure> error;
  /// The start, by the wall clock.
  std::chrono::system_clock::time_point started_at;
  /// The usage of all model calls of the chain.
  Usage usage;
  /// The model of the last model call, as the provider names it.
  std::string model;
  /// The request id of the last model call.
  std::string request_id;
  /// The phases, summed over the model calls of the chain.
  Timing timing;
  /// Every attempt of every model call, oldest first: each time that a request was sent, those included that
  /// are no retries (`AttemptRecord::resent`). A call that ended before it was sent has none.
  std::vector<AttemptRecord> attempts;

  bool ok() const noexcept { return !error; }
  /// False for a question that was not asked before the batch's timeout or a stop. It has no times.
  bool was_asked() const noexcept {
    return ok() || time_taken > 0 ||
           (error->kind() != ErrorKind::timeout && error->kind() != ErrorKind::cancelled);
  }

  /// Writes question, answer or error, seconds and tokens, on one line.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const QueryResult& result);
};

/// A `QueryResult` with the answer itself, for a chain whose output is no text.
template <class Out>
struct TypedQueryResult : QueryResult {
  TypedQueryResult() = default;

  /// The answer; empty if the question failed.
  std::optional<Out> value;
};

/// The result of `query` for a chain that gives an `Out`. The answer of a chain that gives text is
/// `QueryResult::answer`.
template <class Out>
using QueryResultOf = std::conditional_t<std::same_as<Out, std::string>, QueryResult, TypedQueryResult<Out>>;

}  // namespace corochain
