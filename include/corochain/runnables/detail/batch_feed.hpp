// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>

#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/batch_options.hpp"

namespace corochain::detail {

/// The failure of an input that was not drawn before the time of its batch was over.
COROCHAIN_EXPORT std::exception_ptr not_asked_in_time();

COROCHAIN_EXPORT scope_options scope_of(const BatchOptions& options, on_child_end on_end);
COROCHAIN_EXPORT std::size_t reorder_window_of(const BatchOptions& options) noexcept;

/// Logs that a watcher of a batch threw an exception for the item: a line "callback.failed".
COROCHAIN_EXPORT void log_failed_progress(std::size_t index);

/// Draws the inputs of a batch and watches its items, whatever their types. Used on the run's executor only.
class COROCHAIN_EXPORT batch_feed {
 public:
  batch_feed(const BatchOptions& options, std::optional<std::size_t> total)
      : progress_(options.progress), total_(total) {}

  void begins(const std::shared_ptr<task_scope>& scope) { scope_ = scope; }
  /// Whether an input is being awaited. No other may be drawn then.
  bool drawing() const noexcept { return drawing_; }
  bool used_up() const noexcept { return no_item_.has_value(); }
  void begin_draw() noexcept { drawing_ = true; }
  /// Awaits one input; an exception of it ends the batch. `this` must live until then.
  awaitable<void> draw(awaitable<void> one);
  /// Child `index` has an input, or found the end of the inputs.
  void end_draw(std::size_t index, bool drawn);

  /// Whether the time of the batch is over.
  bool time_is_over() const noexcept;
  void item_failed(const std::exception_ptr& error) { error_ = error; }
  /// Calls the `BatchProgress`, if there is one.
  void item_ended(std::size_t index) noexcept;

 private:
  BatchProgress* progress_;
  std::optional<std::size_t> total_;
  std::weak_ptr<task_scope> scope_;
  bool drawing_ = false;
  /// The child that found the end of the inputs.
  std::optional<std::size_t> no_item_;
  std::exception_ptr error_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace corochain::detail
