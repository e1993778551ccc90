// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/detail/generator.hpp"

namespace corochain::detail {

/// The type of a function's final answer: the value of an awaitable that it returns, or the output of a
/// runnable that it returns.
template <class T>
struct in_the_end {
  using type = T;
};
template <runnable T>
struct in_the_end<T> {
  using type = typename T::output_type;
};

template <class F, class In>
concept chooses_runnable = std::is_invocable_v<const F&, In> && runnable<output_of<F, In>>;

/// A function that chooses the runnable that answers. The chosen one is a nested call, because it may choose
/// this runnable again: only the recursion limit ends that.
template <class In, class Out, class F>
class redirecting_step final : public step<In, Out> {
 public:
  explicit redirecting_step(F function) : function_(std::move(function)) {}
  const char* name() const noexcept override { return "RunnableLambda"; }
  awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const override {
    In shown = input;
    std::optional<chosen_type> chosen;
    if constexpr (gives_awaitable<F, In>) {
      const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
      auto choose = keep(std::invoke(function_, std::move(shown)), chosen);
      if (!is_on(here, context)) choose = run_on(context, std::move(choose));
      co_await std::move(choose);
    } else {
      chosen.emplace(std::invoke(function_, std::move(shown)));
    }
    typename chosen_type::input_type taken = std::move(input);
    const nested_call deeper(context);
    std::optional<typename chosen_type::output_type> given;
    co_await chosen->step()->run(std::move(taken), context, given);
    answer.emplace(std::move(*given));
  }

 private:
  using chosen_type = output_of<F, In>;
  F function_;
};

/// Stands for the types of a function whose parameter does not tell them, until the compiler's message.
struct unknown_type {};

/// The input and output types of a function given to `RunnableLambda`.
template <class F>
struct lambda_signature {
  using input = unknown_type;
  using output = unknown_type;
};
template <has_function_input F>
struct lambda_signature<F> {
  using input = typename function_input<F>::type;
  using output = typename in_the_end<output_of<F, input>>::type;
};
template <generator_function F>
struct lambda_signature<F> : generator_signature<F> {};

/// The step of a `RunnableLambda`. A function that does not fit goes to `as_step`, too, which says why.
template <class In, class Out, class F>
step_ptr<In, Out> lambda_step(F function) {
  constexpr bool is_known = !std::is_same_v<In, unknown_type>;
  static_assert(
      is_known,
      "corochain: RunnableLambda takes a function with one parameter of one type: write the type in "
      "place of auto, or name the types: RunnableLambda<std::string, std::string>(function)");
  if constexpr (!is_known) {
    return nullptr;
  } else if constexpr (generator_function<F>) {
    return std::make_shared<const generator_step<In, Out, F>>(std::move(function));
  } else if constexpr (chooses_runnable<F, In>) {
    return std::make_shared<const redirecting_step<In, Out, F>>(std::move(function));
  } else {
    return as_step<In, Out>(std::move(function));
  }
}

}  // namespace corochain::detail
