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

/// Adds up the tokens of all model calls in its runs, by model. Failed calls count, too, if the server
/// reported their usage. Each call counts once. Safe from any thread. It counts inside the run, so a call
/// that has returned is counted.
class COROCHAIN_EXPORT UsageMetadataCallbackHandler : public CallbackHandler {
 public:
  UsageMetadataCallbackHandler();
  ~UsageMetadataCallbackHandler() override;

  /// The usage by model, ordered by the name that the provider gives the model. The name is empty if the
  /// model of a failed call is not known.
  std::vector<std::pair<std::string, Usage>> usage_metadata() const;
  /// The usage of all models together.
  Usage total() const;

  void on_event(const RunEvent& event) override;
  bool run_inline() const noexcept override { return true; }

 private:
  struct counts;
  std::unique_ptr<counts> counts_;
};

}  // namespace corochain
