// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <utility>

#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// A step around another one that is no run of its own: the listeners are told of the inner step only, at the
/// place of this one.
template <class In, class Out>
class COROCHAIN_EXPORT transparent_step : public step<In, Out> {
 public:
  transparent_step() noexcept { this->transparent_ = this; }

  /// These run the inner step at `place`.
  virtual awaitable<void> run_inner(In input, const call_context& context, std::optional<Out>& answer,
                                    step_place place) const = 0;
  virtual chunk_source_of<Out> stream_inner(In input, call_context context, step_place place) const = 0;
  virtual chunk_source_of<Out> transform_inner(chunk_source_of<In> input, call_context context,
                                               step_place place) const = 0;

  awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const final {
    return run_inner(std::move(input), context, answer, step_place());
  }
  chunk_source_of<Out> stream(In input, call_context context) const final {
    return stream_inner(std::move(input), std::move(context), step_place());
  }
  chunk_source_of<Out> transform(chunk_source_of<In> input, call_context context) const final {
    return transform_inner(std::move(input), std::move(context), step_place());
  }
};

}  // namespace corochain::detail
