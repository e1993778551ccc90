// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/few.hpp"
#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/named_runnable.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// Several runnables with one input, all at once: `RunnableParallel({{"joke", joke_chain}, {"poem", poem_chain}})`
/// gives a Dict with the keys "joke" and "poem".
///
/// The branches count in the budget of the run, like any fan-out: under a `max_concurrency` of 1 they run one after the
/// other. The first failure cancels the others, waits until they have ended and is thrown; cancelling the call cancels
/// all of them.
///
/// A stream of it is of `DictChunk`s, a key and a piece of its value, from whichever branch has one. A branch that is
/// ahead waits until its piece is taken. It waits for its whole input first.
///
/// Made without branches, or with two of one name, it throws a `ConfigError`. Copies share immutable state and may be
/// used by any number of threads.
class COROCHAIN_EXPORT RunnableParallel : public Runnable<Dict, Dict> {
 public:
  explicit RunnableParallel(few<NamedRunnable> branches);
};

namespace detail {

template <class In, class... Out>
class tuple_parallel_step final : public step<In, std::tuple<Out...>> {
 public:
  explicit tuple_parallel_step(std::shared_ptr<const step<In, Out>>... parts) : parts_(std::move(parts)...) {}
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
  using part_tuple = std::tuple<std::shared_ptr<const step<In, Out>>...>;

  class work final : public scope_work {
   public:
    work(const part_tuple& parts, In input) : parts_(parts), input_(std::move(input)) {}
    awaitable<void> next(std::size_t index, const call_context& context) override {
      return pick(index, context, std::index_sequence_for<Out...>());
    }
    void failed(std::size_t, std::exception_ptr) override {}
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

/// The input type of the first runnable among them.
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

template <class In, class Given>
struct part_takes {
  static constexpr bool value = std::is_invocable_v<const Given&, In>;
};
template <class In, runnable Given>
struct part_takes<In, Given> {
  static constexpr bool value = std::convertible_to<In, typename Given::input_type>;
};

}  // namespace detail

/// Several runnables with one input, all at once, whose outputs keep their types: of `Runnable<In, A>` and
/// `Runnable<In, B>` a `Runnable<In, std::tuple<A, B>>`.
///
/// The input has the type that the first runnable among the arguments takes, and each argument gets a copy of it;
/// functions and coroutines may stand beside it. Budget, failure and cancellation are those of `RunnableParallel`. A
/// tuple has no pieces: a stream of it gives the whole.
template <class... Given>
requires(sizeof...(Given) > 0) auto parallel(Given... given) {
  using first = detail::first_input<Given...>;
  static_assert(
      first::found,
      "corochain: parallel(...) needs a runnable among its arguments, which says what the input is");
  if constexpr (first::found) {
    using In = typename first::type;
    constexpr bool fits = (detail::part_takes<In, Given>::value && ...);
    static_assert((detail::part_takes<In, Given>::value && ...),
                  "corochain: in parallel(...) one of the arguments does not take what the first runnable "
                  "takes; part_takes<INPUT, GIVEN> names both");
    if constexpr (fits) {
      using step_type = detail::tuple_parallel_step<In, typename detail::output_of_given<In, Given>::type...>;
      return Runnable<In, std::tuple<typename detail::output_of_given<In, Given>::type...>>(
          std::make_shared<const step_type>(
              detail::as_step<In, typename detail::output_of_given<In, Given>::type>(std::move(given))...));
    }
  }
}

}  // namespace corochain
