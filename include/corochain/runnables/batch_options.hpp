// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

class Failure;

/// The progress of a batch at the moment when one of its items has ended.
struct BatchStatus {
  /// The index of the item that has ended, 0-based in the order of the inputs.
  std::size_t index = 0;
  /// The reason why the item has no answer; null if it has one.
  const Failure* failure = nullptr;
  /// The number of items that have ended, this one included.
  std::size_t done = 0;
  /// The number of these that failed.
  std::size_t failed = 0;
  /// The number of all items, if the inputs know it.
  std::optional<std::size_t> total;
  /// The number of items that run; in a `map_reduce` also that of combinations. The one that takes the place
  /// of the ended one begins afterwards.
  std::size_t running = 0;
};

/// Watches a batch: `{.max_concurrency = 8, .progress = &watcher}`.
///
/// It is called inside the run when an item has ended, for one item at a time, and must be quick. It is not
/// called for items that were cancelled because another item's failure ends the batch. It is not called for
/// items that end after the batch was cancelled, or after the object that gives its results was closed or
/// destroyed. An exception that it throws becomes a line "callback.failed" in the log.
class COROCHAIN_EXPORT BatchProgress {
 public:
  virtual ~BatchProgress();
  virtual void on_item(const BatchStatus& status) = 0;
};

/// The options of a batch: `chain.abatch(inputs, {.max_concurrency = 8})`.
struct BatchOptions {
  /// Items that run at once; 0 means no limit of its own. Everything nested in the batch inherits the limit;
  /// nesting can tighten it and never multiply it. An item that waits for its turn, such as that of its
  /// session, or between two attempts releases its permit to others. As many items as the limit says, at
  /// least 16, may do so before no further input is drawn.
  std::size_t max_concurrency = 0;
  /// The time limit of the whole batch. Zero or less means that the batch has no limit of its own.
  std::chrono::steady_clock::duration timeout{};
  /// For `abatch_ordered`: the number of items that may be under way or done ahead of the one that is handed
  /// out next. When there are so many, no further input is drawn. 0 means four times `max_concurrency`, or
  /// 256 where that is 0.
  std::size_t reorder_window = 0;
  /// Whether each item's `QueryResult` is taken: see `Completed::record`. Only the streaming verbs read it.
  bool record = false;
  /// Watches the items; null if none does. It must live until the batch has ended, or until the object that
  /// gives its results was destroyed.
  BatchProgress* progress = nullptr;
};

/// The options of `in_batches`.
struct InBatchesOptions {
  /// The number of items in a group; 0 is a `ConfigError`.
  std::size_t batch_size = 5;
  /// As in `BatchOptions`, within a group.
  std::size_t max_concurrency = 0;
  /// As in `BatchOptions`, for each group.
  std::chrono::steady_clock::duration timeout{};
  /// As in `BatchOptions`; it counts anew in each group.
  BatchProgress* progress = nullptr;
};

}  // namespace corochain
