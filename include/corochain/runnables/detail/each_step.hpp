// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// The fan-out of one list: each input is moved into its call, each value is written to its own place.
template <class In, class Out>
class each_work final : public scope_work {
 public:
  each_work(const step<In, Out>& target, std::vector<In> inputs)
      : target_(target), inputs_(std::move(inputs)), values_(inputs_.size()) {}
  awaitable<void> next(std::size_t index, const call_context& context) override {
    if (index == values_.size()) return {};
    return target_.run(std::move(inputs_[index]), context, values_[index], {"map:index:", index, nullptr});
  }
  std::vector<Out> take() {
    std::vector<Out> all;
    all.reserve(values_.size());
    for (auto& value : values_) all.push_back(std::move(*value));
    return all;
  }

 private:
  const step<In, Out>& target_;
  std::vector<In> inputs_;
  std::vector<std::optional<Out>> values_;
};

/// A step applied to each element of a list.
template <class In, class Out>
class COROCHAIN_EXPORT each_step final : public step<std::vector<In>, std::vector<Out>> {
 public:
  explicit each_step(step_ptr<In, Out> target) : target_(std::move(target)) {}
  const char* name() const noexcept override { return "RunnableEach"; }
  streaming_mode streaming() const override { return streaming_mode::whole; }
  step_shape shape() const override { return {step_layout::around, {{target_.get(), "each"}}}; }
  awaitable<void> call(std::vector<In> inputs, const call_context& context,
                       std::optional<std::vector<Out>>& answer) const override {
    auto all = std::make_shared<each_work<In, Out>>(*target_, std::move(inputs));
    co_await run_all(context, all, scope_options());
    answer.emplace(all->take());
  }

 private:
  step_ptr<In, Out> target_;
};

}  // namespace corochain::detail
