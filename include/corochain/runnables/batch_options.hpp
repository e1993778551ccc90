// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>

#include "corochain/core/detail/durations.hpp"

namespace corochain {

/// How a batch runs: `chain.abatch(inputs, {.max_concurrency = 8})`.
struct BatchOptions {
  /// Items that run at once; 0 means no limit of its own. Inherited by all that is nested in the batch, which can
  /// tighten it and never multiply it.
  std::size_t max_concurrency = 0;
  /// For the whole batch; zero or less means none of its own.
  std::chrono::steady_clock::duration timeout{};
};

/// How `in_batches` cuts.
struct InBatchesOptions {
  std::size_t batch_size = 5;                     ///< items a group; 0 is a `ConfigError`
  std::size_t max_concurrency = 0;                ///< as in `BatchOptions`, within a group
  std::chrono::steady_clock::duration timeout{};  ///< as in `BatchOptions`, for each group
};

}  // namespace corochain
