// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/core/usage.hpp"
#include "corochain/observability/callbacks.hpp"

namespace corochain {

/// Adds up the tokens of all model calls that it is told of, by model; failed calls too, where the server said what
/// they cost. Each call counts once. Safe from any thread. Counts at once, inside the run: when a call has returned, it
/// is counted.
class COROCHAIN_EXPORT UsageMetadataCallbackHandler : public CallbackHandler {
 public:
  UsageMetadataCallbackHandler();
  ~UsageMetadataCallbackHandler() override;

  /// By the model's name as the provider gives it, ordered by name; empty where a failed call's model is not known.
  std::vector<std::pair<std::string, Usage>> usage_metadata() const;
  /// Of all models together.
  Usage total() const;

  void on_event(const RunEvent& event) override;
  bool run_inline() const noexcept override;

 private:
  struct counts;
  std::unique_ptr<counts> counts_;
};

}  // namespace corochain
