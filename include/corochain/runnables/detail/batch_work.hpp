// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/concurrency/as_completed.hpp"
#include "corochain/concurrency/detail/fan_out.hpp"
#include "corochain/runnables/batch_options.hpp"
#include "corochain/runnables/detail/input_range.hpp"
#include "corochain/runnables/detail/step.hpp"

namespace corochain::detail {

/// Keeps all values, by index.
template <class In, class Out, class R>
class batch_work final : public fan_out_work {
 public:
  batch_work(std::shared_ptr<const step<In, Out>> target, R inputs)
      : target_(std::move(target)), inputs_(std::move(inputs)) {}

  awaitable<void> next(std::size_t) override {
    auto input = inputs_.template draw<In>();
    if (!input) return {};
    return target_->run(std::move(*input), values_.emplace_back());
  }
  void failed(std::size_t, std::exception_ptr) override {}
  std::vector<Out> values() {
    std::vector<Out> all;
    all.reserve(values_.size());
    for (auto& value : values_) all.push_back(std::move(*value));
    return all;
  }

 private:
  std::shared_ptr<const step<In, Out>> target_;
  input_cursor<R> inputs_;
  std::deque<std::optional<Out>> values_;  // its elements stay where they are
};

template <class In, class Out, class R>
awaitable<std::vector<Out>> batch_all(std::shared_ptr<batch_work<In, Out, R>> work, fan_out_options options) {
  co_await run_all(work, options);
  co_return work->values();
}

/// Gives each item's result as it comes.
template <class In, class Out, class R>
class batch_completion_work final : public completion_work<Out> {
 public:
  batch_completion_work(std::shared_ptr<const step<In, Out>> target, R inputs)
      : target_(std::move(target)), inputs_(std::move(inputs)) {}

 private:
  awaitable<Out> draw() override {
    auto input = inputs_.template draw<In>();
    if (!input) return {};
    return answer(target_, std::move(*input));
  }
  static awaitable<Out> answer(std::shared_ptr<const step<In, Out>> target, In input) {
    std::optional<Out> value;
    co_await target->run(std::move(input), value);
    co_return std::move(*value);
  }

  std::shared_ptr<const step<In, Out>> target_;
  input_cursor<R> inputs_;
};

inline fan_out_options to_fan_out(const BatchOptions& options, bool cancel_on_failure) {
  fan_out_options made;
  made.max_concurrency = options.max_concurrency;
  made.timeout = options.timeout;
  made.cancel_on_failure = cancel_on_failure;
  return made;
}

}  // namespace corochain::detail
