// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/attempt.hpp"
#include "corochain/core/usage.hpp"

namespace corochain::detail {

/// The record of one model call, successful or not.
struct call_record {
  Timing timing;
  std::vector<AttemptRecord> attempts;
  Usage usage;
  std::string model;
  std::string request_id;
};

/// Collects the model calls of a part of a run. Used on the run's serial executor only.
class call_log {
 public:
  /// Every record added here is also added to `outer`: a query within a query counts for both.
  void set_outer(std::shared_ptr<call_log> outer) { outer_ = std::move(outer); }
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
