// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "corochain/runnables/detail/collecting_source.hpp"
#include "corochain/runnables/detail/immediate_step.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// Two steps in turn. `Mid` is the first one's output type, `Next` the second one's input type. A sequence
/// that begins another sequence is a part of it and no run of its own.
template <class In, class Mid, class Next, class Out>
class COROCHAIN_EXPORT sequence_step final : public step<In, Out> {
 public:
  sequence_step(step_ptr<In, Mid> first, step_ptr<Next, Out> second)
      : first_(std::move(first)),
        second_(std::move(second)),
        before_(shape_of_sequence(*first_, *second_).parts.size() - 1) {}
  const char* name() const noexcept override { return "RunnableSequence"; }
  streaming_mode streaming() const override {
    const streaming_mode last = second_->streaming();
    if (last != streaming_mode::passes) return last;
    return std::is_same_v<Mid, Next> ? first_->streaming() : streaming_mode::whole;
  }
  step_shape shape() const override { return shape_of_sequence(*first_, *second_); }
  awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const override {
    // A step that never waits needs no coroutine. With listeners it does: they are told of its run.
    const auto* second = second_->immediate_;
    if (second && !context.is_observed()) return then_apply(std::move(input), context, *second, answer);
    return then_run(std::move(input), context, answer);
  }
  chunk_source_of<Out> stream(In input, call_context context) const override {
    chunk_source_of<Mid> chunks = before_ > 1 ? first_->stream(std::move(input), context)
                                              : first_->run_stream(std::move(input), context, first_place());
    return through_second(std::move(chunks), std::move(context));
  }
  chunk_source_of<Out> transform(chunk_source_of<In> input, call_context context) const override {
    chunk_source_of<Mid> chunks = before_ > 1
                                      ? first_->transform(std::move(input), context)
                                      : first_->run_transform(std::move(input), context, first_place());
    return through_second(std::move(chunks), std::move(context));
  }

 private:
  /// A sequence in front is called without a run of its own: its steps are the first steps of this sequence,
  /// and the listeners are told of those.
  awaitable<void> call_first(In input, const call_context& context, std::optional<Mid>& middle) const {
    if (before_ > 1) return first_->call(std::move(input), context, middle);
    return first_->run(std::move(input), context, middle, first_place());
  }
  // The implicit conversion is made outside of the co_await expression.
  awaitable<void> then_apply(In input, const call_context& context, const immediate_step<Next, Out>& second,
                             std::optional<Out>& answer) const {
    std::optional<Mid> middle;
    co_await call_first(std::move(input), context, middle);
    answer.emplace(second.apply(std::move(*middle)));
  }
  awaitable<void> then_run(In input, const call_context& context, std::optional<Out>& answer) const {
    std::optional<Mid> middle;
    const auto* first = first_->immediate_;
    if (first && !context.is_observed())
      middle.emplace(first->apply(std::move(input)));
    else
      co_await call_first(std::move(input), context, middle);
    if constexpr (std::is_same_v<Mid, Next>) {
      co_await second_->run(std::move(*middle), context, answer, second_place());
    } else {
      Next next = std::move(*middle);
      co_await second_->run(std::move(next), context, answer, second_place());
    }
  }
  /// Passes chunks on if both sides have the same chunk type. If the types differ, the conversion is made of
  /// the whole.
  chunk_source_of<Out> through_second(chunk_source_of<Mid> chunks, call_context context) const {
    if constexpr (std::is_same_v<Mid, Next>)
      return second_->run_transform(std::move(chunks), std::move(context), second_place());
    else
      return std::make_unique<collecting_source<Mid, Next, Out>>(*second_, std::move(chunks),
                                                                 std::move(context), second_place());
  }
  static step_place first_place() noexcept { return {"seq:step:", 1, nullptr}; }
  step_place second_place() const noexcept { return {"seq:step:", before_ + 1, nullptr}; }

  step_ptr<In, Mid> first_;
  step_ptr<Next, Out> second_;
  /// The number of steps that the first one counts for.
  std::size_t before_;
};

}  // namespace corochain::detail
