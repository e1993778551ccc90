// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/inputs.hpp"
#include "corochain/runnables/run_config.hpp"

namespace corochain::detail {

/// Awaits the answer, which is stored elsewhere, and fills in its cost, however it ends. A failure is part of
/// the result; a cancel of the awaiting coroutine is thrown as well.
COROCHAIN_EXPORT awaitable<void> measure_into(awaitable<void> answer,
                                              std::chrono::steady_clock::duration queued,
                                              QueryResult& result);
/// As `measure_into`, for a call by a user's coroutine: counts it for the recursion limit, and throws a
/// cancel as a `CancelledError`.
COROCHAIN_EXPORT awaitable<void> measure_call(awaitable<void> answer, QueryResult& result);
COROCHAIN_EXPORT std::exception_ptr not_asked_in_time();
/// The text of an answer for a `QueryResult`, or a remark if the answer has none or is null.
COROCHAIN_EXPORT std::string answer_to_show(const Value* answer);
/// An input as the question of a `QueryResult`.
COROCHAIN_EXPORT std::string question_to_show(const Value& input);

COROCHAIN_EXPORT scope_options scope_of(const BatchOptions& options, on_child_end on_end);
COROCHAIN_EXPORT std::size_t reorder_window_of(const BatchOptions& options) noexcept;

/// Draws the inputs of a batch and watches its items, whatever their types. Used on the run's executor only.
class COROCHAIN_EXPORT batch_feed {
 public:
  batch_feed(const BatchOptions& options, std::optional<std::size_t> total)
      : progress_(options.progress), total_(total) {}

  void begins(const std::shared_ptr<task_scope>& scope) { scope_ = scope; }
  /// Whether an input is being awaited. No other may be drawn then.
  bool drawing() const noexcept { return drawing_; }
  bool used_up() const noexcept { return used_up_; }
  void begin_draw() noexcept { drawing_ = true; }
  /// Awaits one input; an exception of it ends the batch. `this` must live until then.
  awaitable<void> draw(awaitable<void> one);
  /// Child `index` has an input, or found the end of the inputs.
  void end_draw(std::size_t index, bool drawn);

  void item_failed(const std::exception_ptr& error) { error_ = error; }
  bool watched() const noexcept { return progress_ != nullptr; }
  /// Calls the `BatchProgress`, if there is one.
  void item_ended(std::size_t index) noexcept;

 private:
  BatchProgress* progress_;
  std::optional<std::size_t> total_;
  std::weak_ptr<task_scope> scope_;
  bool drawing_ = false;
  bool used_up_ = false;
  /// The child that found the end of the inputs.
  std::optional<std::size_t> no_item_;
  std::exception_ptr error_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace corochain::detail
