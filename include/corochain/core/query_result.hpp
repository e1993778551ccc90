// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
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

  std::string question;          ///< as asked; of a Dict its only value, or all as JSON
  std::string answer;            ///< empty when it failed
  double time_taken = 0;         ///< seconds from its start to its end, waiting in a batch's
                                 ///< queue not included
  std::optional<Failure> error;  ///< why there is no answer
  std::chrono::system_clock::time_point started_at;  ///< by the wall clock
  Usage usage;                                       ///< of all model calls of the chain
  std::string model;                                 ///< of the last model call, as the provider names it
  std::string request_id;                            ///< of the last model call
  Timing timing;                                     ///< phases, summed over the chain's model calls
  std::vector<AttemptRecord> attempts;               ///< every try of every model call, oldest first

  bool ok() const noexcept { return !error; }
  /// False for a question that a batch's timeout left unasked: it has no times.
  bool was_asked() const noexcept { return ok() || time_taken > 0 || error->kind() != ErrorKind::timeout; }
};

}  // namespace corochain
