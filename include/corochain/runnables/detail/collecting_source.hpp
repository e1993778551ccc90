// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// Adds up a `Mid` from its chunks before it goes on with a step that takes an `In`.
template <class Mid, class In, class Out>
class collecting_source final : public chunk_source<chunk_of_t<Out>> {
 public:
  /// Streams `then` in the run that this source belongs to.
  collecting_source(const step<In, Out>& then, chunk_source_ptr<chunk_of_t<Mid>> input, call_context context)
      : step_(then), input_(std::move(input)), context_(std::move(context)) {}
  /// Streams `then` as a part of another step.
  collecting_source(const step<In, Out>& then, chunk_source_ptr<chunk_of_t<Mid>> input, call_context context,
                    step_place place)
      : step_(then), input_(std::move(input)), context_(std::move(context)), place_(place) {}
  awaitable<std::optional<chunk_of_t<Out>>> next() override {
    if (output_) return output_->next();
    return collect_and_begin();
  }
  bool take_ready(std::optional<chunk_of_t<Out>>& slot) override {
    return output_ && output_->take_ready(slot);
  }
  void stop() noexcept override {
    input_->stop();
    if (output_) output_->stop();
  }
  awaitable<void> close() override {
    stop();
    co_await input_->close();
    if (output_) co_await output_->close();
  }

 private:
  awaitable<std::optional<chunk_of_t<Out>>> collect_and_begin() {
    chunk_accumulator<Mid> whole;
    for (;;) {
      std::optional<chunk_of_t<Mid>> chunk;
      if (!input_->take_ready(chunk)) co_await input_->pull_into(chunk);
      if (!chunk) break;
      whole.add(std::move(*chunk));
    }
    In input = whole.take();
    output_ = place_ ? step_.run_stream(std::move(input), context_, *place_)
                     : step_.stream(std::move(input), context_);
    std::optional<chunk_of_t<Out>> chunk = co_await output_->next();
    co_return chunk;
  }

  const step<In, Out>& step_;
  chunk_source_ptr<chunk_of_t<Mid>> input_;
  call_context context_;
  std::optional<step_place> place_;
  chunk_source_ptr<chunk_of_t<Out>> output_;
};

}  // namespace corochain::detail
