// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/runnables/chunk_accumulator.hpp"
#include "corochain/runnables/detail/deferred_source.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// Adds up a `Mid` from its chunks, and then streams a step that takes an `In`.
template <class Mid, class In, class Out>
class collecting_source final : public deferred_filter<chunk_of_t<Mid>, chunk_of_t<Out>> {
  using base = deferred_filter<chunk_of_t<Mid>, chunk_of_t<Out>>;

 public:
  /// Streams `then` in the run that this source belongs to.
  collecting_source(const step<In, Out>& then, chunk_source_ptr<chunk_of_t<Mid>> input, call_context context)
      : base(std::move(input)), step_(then), context_(std::move(context)) {}
  /// Streams `then` as a part of another step.
  collecting_source(const step<In, Out>& then, chunk_source_ptr<chunk_of_t<Mid>> input, call_context context,
                    step_place place)
      : base(std::move(input)), step_(then), context_(std::move(context)), place_(place) {}

 private:
  awaitable<std::optional<chunk_of_t<Out>>> begin() override {
    chunk_accumulator<Mid> whole;
    for (;;) {
      std::optional<chunk_of_t<Mid>> chunk;
      if (!this->input_->take_ready(chunk)) co_await this->input_->pull_into(chunk);
      if (!chunk) break;
      whole.add(std::move(*chunk));
    }
    In input = whole.take();
    this->inner_ = place_ ? step_.run_stream(std::move(input), context_, *place_)
                          : step_.stream(std::move(input), context_);
    std::optional<chunk_of_t<Out>> chunk = co_await this->inner_->next();
    co_return chunk;
  }

  const step<In, Out>& step_;
  call_context context_;
  std::optional<step_place> place_;
};

}  // namespace corochain::detail
