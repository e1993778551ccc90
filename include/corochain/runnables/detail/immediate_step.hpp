// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <utility>

#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// A step that never waits: the steps around it call `apply`, without a coroutine.
template <class In, class Out>
class COROCHAIN_EXPORT immediate_step : public step<In, Out> {
 public:
  immediate_step() noexcept { this->immediate_ = this; }

  /// Makes the answer. It may move from `input`.
  virtual Out apply(In&& input) const = 0;
  awaitable<void> call(In input, const call_context&, std::optional<Out>& answer) const override {
    answer.emplace(apply(std::move(input)));
    co_return;
  }
};

}  // namespace corochain::detail
