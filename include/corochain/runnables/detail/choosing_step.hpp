// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/runnables/detail/deferred_source.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// The step that is to answer, and its input.
template <class Taken, class Out>
struct choice {
  const step<Taken, Out>* way = nullptr;
  step_place place{};
  std::optional<Taken> input{};
};

/// A step that lets one of several others answer, with the same input or, of type `Taken`, a part of it. The
/// choice is made from the whole input; then the chunks of the chosen step are the chunks of this one.
template <class In, class Taken, class Out>
class choosing_step : public step<In, Out> {
 public:
  /// Fills in `made`, which must live until then, or throws.
  virtual awaitable<void> choose(In input, const call_context& context, choice<Taken, Out>& made) const = 0;
  awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const final {
    choice<Taken, Out> made;
    co_await choose(std::move(input), context, made);
    co_await made.way->run(std::move(*made.input), context, answer, made.place);
  }
  chunk_source_of<Out> stream(In input, call_context context) const final {
    return std::make_unique<chosen_source>(*this, std::move(input), std::move(context));
  }

 private:
  class chosen_source final : public deferred_source<chunk_of_t<Out>> {
   public:
    chosen_source(const choosing_step& of, In input, call_context context)
        : step_(of), input_(std::move(input)), context_(std::move(context)) {}

   private:
    awaitable<std::optional<chunk_of_t<Out>>> begin() override {
      choice<Taken, Out> made;
      co_await step_.choose(std::move(input_), context_, made);
      this->inner_ = made.way->run_stream(std::move(*made.input), context_, made.place);
      std::optional<chunk_of_t<Out>> chunk = co_await this->inner_->next();
      co_return chunk;
    }

    const choosing_step& step_;
    In input_;
    call_context context_;
  };
};

}  // namespace corochain::detail
