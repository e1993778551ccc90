// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/runnables/detail/as_step.hpp"

namespace corochain::detail {

/// The step of `parallel(...)`. The outputs differ in type, so this stays a template; the step of a
/// `RunnableParallel`, whose outputs are all values of a Dict, is in dict_steps.cpp.
template <class In, class... Out>
class tuple_parallel_step final : public step<In, std::tuple<Out...>> {
 public:
  explicit tuple_parallel_step(step_ptr<In, Out>... parts) : parts_(std::move(parts)...) {}
  const char* name() const noexcept override { return "RunnableParallel"; }
  streaming_mode streaming() const override { return streaming_mode::whole; }
  step_shape shape() const override {
    step_shape shape{step_layout::side_by_side};
    std::apply([&](const auto&... part) { (shape.parts.push_back({part.get(), ""}), ...); }, parts_);
    std::size_t number = 0;
    for (step_part& part : shape.parts) part.label = std::to_string(number++);
    return shape;
  }
  awaitable<void> call(In input, const call_context& context,
                       std::optional<std::tuple<Out...>>& answer) const override {
    auto all = std::make_shared<work>(parts_, std::move(input));
    co_await run_all(context, all, scope_options());
    answer.emplace(all->take());
  }

 private:
  using part_tuple = std::tuple<step_ptr<In, Out>...>;

  class work final : public scope_work {
   public:
    work(const part_tuple& parts, In input) : parts_(parts), input_(std::move(input)) {}
    awaitable<void> next(std::size_t index, const call_context& context) override {
      return pick(index, context, std::index_sequence_for<Out...>());
    }
    std::tuple<Out...> take() {
      return std::apply([](auto&... value) { return std::tuple<Out...>(std::move(*value)...); }, values_);
    }

   private:
    template <std::size_t... I>
    awaitable<void> pick(std::size_t index, const call_context& context, std::index_sequence<I...>) {
      awaitable<void> picked;
      ((index == I ? void(picked = std::get<I>(parts_)->run(In(input_), context, std::get<I>(values_),
                                                            step_place{"map:key:", index, nullptr}))
                   : void()),
       ...);
      return picked;
    }
    part_tuple parts_;
    In input_;
    std::tuple<std::optional<Out>...> values_;
  };

  part_tuple parts_;
};

/// The input type of the first runnable among the arguments.
template <class... Given>
struct first_input {
  static constexpr bool found = false;
};
template <class First, class... Rest>
struct first_input<First, Rest...> : first_input<Rest...> {};
template <runnable First, class... Rest>
struct first_input<First, Rest...> {
  static constexpr bool found = true;
  using type = typename First::input_type;
};

}  // namespace corochain::detail
