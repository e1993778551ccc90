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

/// Awaits the answer, which goes elsewhere by itself, and fills in what it cost, whatever way it ends. A failure is
/// part of the result; a cancel of the awaiting coroutine is thrown as well.
COROCHAIN_EXPORT awaitable<void> measure_into(awaitable<void> answer,
                                              std::chrono::steady_clock::duration queued,
                                              QueryResult& result);
/// The same for a call of its own, below a configuration.
COROCHAIN_EXPORT awaitable<void> measure_call(awaitable<void> answer, QueryResult& result);
COROCHAIN_EXPORT std::exception_ptr not_asked_in_time();
/// The text of an answer for a `QueryResult`, or a remark where it has none; so it is with null.
COROCHAIN_EXPORT std::string answer_to_show(const Value* answer);
/// An input as the question of a `QueryResult`.
COROCHAIN_EXPORT std::string question_to_show(const Value& input);

COROCHAIN_EXPORT scope_options scope_of(const BatchOptions& options, on_child_end on_end);
COROCHAIN_EXPORT std::size_t reorder_window_of(const BatchOptions& options) noexcept;

/// How the inputs of a batch are drawn and its items watched, whatever their types. Used on the run's executor only.
class COROCHAIN_EXPORT batch_feed {
 public:
  batch_feed(const BatchOptions& options, std::optional<std::size_t> total)
      : progress_(options.progress), total_(total) {}

  void begins(const std::shared_ptr<task_scope>& scope) { scope_ = scope; }
  /// An input is being awaited: no other may be drawn.
  bool drawing() const noexcept { return drawing_; }
  bool used_up() const noexcept { return used_up_; }
  void begin_draw() noexcept { drawing_ = true; }
  /// Awaits one input; what that throws ends the batch. `this` must live until then.
  awaitable<void> draw(awaitable<void> one);
  /// Child `index` has an input, or found the end of them.
  void end_draw(std::size_t index, bool drawn);

  void item_failed(const std::exception_ptr& error) { error_ = error; }
  bool watched() const noexcept { return progress_ != nullptr; }
  /// Tells the `BatchProgress`, if there is one.
  void item_ended(std::size_t index) noexcept;

 private:
  BatchProgress* progress_;
  std::optional<std::size_t> total_;
  std::weak_ptr<task_scope> scope_;
  bool drawing_ = false;
  bool used_up_ = false;
  std::optional<std::size_t> no_item_;  ///< the child that found the end
  std::exception_ptr error_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace corochain::detail
