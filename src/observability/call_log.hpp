// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/attempt.hpp"
#include "corochain/core/usage.hpp"

// How query() learns what the model calls of a chain cost. The call context carries a call_log, each model
// call adds its record when it ends, and query() takes the records and makes a QueryResult of them.
namespace corochain::detail {

/// The record of one model call, successful or not.
struct call_record {
  Timing timing;
  std::vector<AttemptRecord> attempts;
  Usage usage;
  std::string model;
  // Model and id are those of the answer, or of the last attempt if there was none.
  std::string request_id;
};

/// Collects the model calls of a part of a run. Used on the run's serial executor only.
class call_log {
 public:
  /// Every record added here is also added to `outer`: a query within a query counts for both.
  void set_outer(std::shared_ptr<call_log> outer) { outer_ = std::move(outer); }
  /// Called by the model client once for each call, also for a call that failed or was cancelled.
  void add(call_record record) {
    if (outer_) outer_->add(record);
    records_.push_back(std::move(record));
  }
  /// Removes and returns the records added since the last call.
  std::vector<call_record> take() noexcept { return std::exchange(records_, {}); }

 private:
  std::shared_ptr<call_log> outer_;
  std::vector<call_record> records_;
};

}  // namespace corochain::detail
