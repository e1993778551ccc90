// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
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
  void add(call_record record) { records_.push_back(std::move(record)); }
  const std::vector<call_record>& records() const noexcept { return records_; }

 private:
  std::vector<call_record> records_;
};

}  // namespace corochain::detail
