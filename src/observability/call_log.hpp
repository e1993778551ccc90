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

/// What one model call did, whether it succeeded or not.
struct call_record {
  Timing timing;
  std::vector<AttemptRecord> attempts;
  Usage usage;
  std::string model;
  std::string request_id;
};

/// Collects the model calls of a piece of a run; used on the run's serial executor only.
class call_log {
 public:
  /// Everything added here is added there, too: a query within a query counts for both.
  void set_outer(std::shared_ptr<call_log> outer) { outer_ = std::move(outer); }
  void add(call_record record) {
    if (outer_) outer_->add(record);
    records_.push_back(std::move(record));
  }
  /// What was added since it was asked last.
  std::vector<call_record> take() noexcept { return std::exchange(records_, {}); }

 private:
  std::shared_ptr<call_log> outer_;
  std::vector<call_record> records_;
};

}  // namespace corochain::detail
