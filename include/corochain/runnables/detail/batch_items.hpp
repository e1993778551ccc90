// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/detail/batch_feed.hpp"
#include "corochain/runnables/inputs.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// Calls a step for each input. `Base` is a `scope_work`, perhaps one with a queue of results, and the class
/// derived from this one decides where the answers go. The scope owns it, so it outlives all items.
template <class In, class Out, class Base>
class batch_items : public Base {
 public:
  /// `base` are the arguments of `Base`'s constructor.
  template <class... BaseArguments>
  batch_items(step_ptr<In, Out> target, input_source_ptr<In> inputs, const BatchOptions& options,
              BaseArguments... base)
      : Base(base...),
        target_(std::move(target)),
        inputs_(std::move(inputs)),
        feed_(options, inputs_->size()) {}

  void begins(const std::shared_ptr<task_scope>& scope) final { feed_.begins(scope); }
  bool may_start() const noexcept override { return !feed_.drawing(); }
  /// An input that is there is drawn here, without a coroutine. One that has to be awaited is drawn by the
  /// child that will call the step for it; meanwhile `may_start` holds back the next child.
  awaitable<void> next(std::size_t index, const call_context& context) override {
    if (inputs_->waits()) {
      if (feed_.used_up()) return {};
      feed_.begin_draw();
      return draw_then_call(index, context);
    }
    std::optional<In> input = inputs_->draw();
    if (!input) return {};
    ++drawn_;
    return item(index, std::move(*input), context);
  }
  void ended(std::size_t index) override {
    feed_.item_ended(index);
    Base::ended(index);
  }

 protected:
  /// Calls the step for one input.
  virtual awaitable<void> item(std::size_t index, In input, const call_context& context) = 0;
  const step<In, Out>& target() const noexcept { return *target_; }
  std::size_t drawn() const noexcept { return drawn_; }
  batch_feed& feed() noexcept { return feed_; }
  /// The failure of an input that was not drawn, because of a stop or because the time was over.
  std::exception_ptr not_asked() const {
    return this->stopped_by() ? this->stopped_by() : not_asked_in_time();
  }
  /// The number of inputs that were left undrawn for that, in a source that knows its size.
  std::size_t left() {
    const auto total = inputs_->size();
    return total && *total > drawn_ ? *total - drawn_ : 0;
  }
  /// Passes over the next of these. False if there is none.
  bool skip() {
    if (left() == 0) return false;
    ++drawn_;
    return true;
  }
  input_source<In>& inputs() noexcept { return *inputs_; }

 private:
  awaitable<void> draw_then_call(std::size_t index, const call_context& context) {
    std::optional<In> input;
    co_await feed_.draw(inputs_->draw_into(input));
    if (input) ++drawn_;
    feed_.end_draw(index, input.has_value());
    if (!input) co_return;
    co_await item(index, std::move(*input), context);
  }

  step_ptr<In, Out> target_;
  input_source_ptr<In> inputs_;
  batch_feed feed_;
  std::size_t drawn_ = 0;
};

}  // namespace corochain::detail
