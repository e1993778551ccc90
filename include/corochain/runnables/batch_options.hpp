// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

class Failure;

/// How far a batch has come, when one of its items has ended.
struct BatchStatus {
  std::size_t index = 0;             ///< of the item that has ended, 0-based in the order of the inputs
  const Failure* failure = nullptr;  ///< why it has no answer; null where it has one
  std::size_t done = 0;              ///< items that have ended, this one included
  std::size_t failed = 0;            ///< of these, those that failed
  std::optional<std::size_t> total;  ///< items that there are, where the inputs know
};

/// Watches a batch: `{.max_concurrency = 8, .progress = &watcher}`.
///
/// Called inside the run, one item at a time, whenever one has ended: it must be quick. Of items that were cancelled
/// because another one's failure ends the batch it is not told, nor of those that end after the batch was cancelled or
/// the object that gives its results closed or destroyed. What it throws becomes a line "callback.failed" in the log.
class COROCHAIN_EXPORT BatchProgress {
 public:
  virtual ~BatchProgress();
  virtual void on_item(const BatchStatus& status) = 0;
};

/// How a batch runs: `chain.abatch(inputs, {.max_concurrency = 8})`.
struct BatchOptions {
  /// Items that run at once; 0 means no limit of its own. Inherited by all that is nested in the batch, which can
  /// tighten it and never multiply it. An item that waits for another one's turn or between two attempts leaves its
  /// place to others; as many items as the limit says, at least 16, may do so before no further input is drawn.
  std::size_t max_concurrency = 0;
  /// For the whole batch; zero or less means none of its own.
  std::chrono::steady_clock::duration timeout{};
  /// For `abatch_ordered`: how many items may be under way or done ahead of the one that is handed out next. When so
  /// many are, no further input is drawn. 0: four times `max_concurrency`, or 256 where that is 0.
  std::size_t reorder_window = 0;
  /// Whether each item's `QueryResult` is taken: see `Completed::record`. Of the streaming forms.
  bool record = false;
  /// Watches the items; must live until the batch has ended, or the object that gives its results was destroyed.
  BatchProgress* progress = nullptr;
};

/// How `in_batches` cuts.
struct InBatchesOptions {
  std::size_t batch_size = 5;                     ///< items a group; 0 is a `ConfigError`
  std::size_t max_concurrency = 0;                ///< as in `BatchOptions`, within a group
  std::chrono::steady_clock::duration timeout{};  ///< as in `BatchOptions`, for each group
  BatchProgress* progress = nullptr;              ///< as in `BatchOptions`; counts anew in each group
};

}  // namespace corochain
