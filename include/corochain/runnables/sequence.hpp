// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "corochain/runnables/detail/as_step.hpp"
#include "corochain/runnables/detail/common_chains.hpp"
#include "corochain/runnables/detail/generator.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

namespace detail {

/// The types stand in the compiler's message, so they have to be the conditions' own parameters.
template <class LeftGives, class RightTakes>
struct steps_meet {
  static constexpr bool value = std::convertible_to<LeftGives, RightTakes>;
};
template <class Function, class LeftGives>
struct function_gives {
  static constexpr bool value = !std::is_void_v<output_of<Function, LeftGives>>;
};

}  // namespace detail

/// The right step takes what the left one gives; implicit conversions are applied.
template <class In, class Mid, class Next, class Out>
Runnable<In, Out> operator|(const Runnable<In, Mid>& left, const Runnable<Next, Out>& right) {
  constexpr bool fits = detail::steps_meet<Mid, Next>::value;
  static_assert(
      detail::steps_meet<Mid, Next>::value,
      "corochain: in 'left | right' the output of the left step does not convert to the input of the right "
      "step; steps_meet<LEFT_OUTPUT, RIGHT_INPUT> names both");
  if constexpr (fits)
    return Runnable<In, Out>(
        std::make_shared<detail::sequence_step<In, Mid, Next, Out>>(left.step(), right.step()));
  else
    return Runnable<In, Out>(nullptr);
}

/// The right step is a function or a coroutine: `chain | [](std::string s) { return to_upper(std::move(s));
/// }`. It is copied into the chain and called from any number of calls at once, so its call operator must be
/// const. Blocking work in it blocks the loop.
///
/// Build chains outside of `co_await` expressions: a capturing lambda inside one is miscompiled by g++ 11 and
/// 12.
template <class In, class Mid, class F>
  requires(!detail::runnable<F> && !detail::generator_function<F>)
auto operator|(const Runnable<In, Mid>& left, F function) {
  constexpr bool fits = detail::function_takes<F, Mid>::value;
  static_assert(
      detail::function_takes<F, Mid>::value,
      "corochain: in 'left | function' the function cannot be called with the output of the left step (or "
      "its call operator is not const); function_takes<FUNCTION, LEFT_OUTPUT> names both");
  if constexpr (!fits) {
    return left;
  } else if constexpr (!detail::function_gives<F, Mid>::value) {
    static_assert(detail::function_gives<F, Mid>::value,
                  "corochain: in 'left | function' the function returns nothing; a step must return a value");
    return left;
  } else {
    using step_type = detail::function_step<Mid, detail::output_of<F, Mid>, F>;
    return left | make_runnable<step_type>(std::move(function));
  }
}

/// The right step is a coroutine that makes its answer chunk by chunk: see `RunnableGenerator`.
template <class In, class Mid, detail::generator_function F>
auto operator|(const Runnable<In, Mid>& left, F function) {
  using signature = detail::generator_signature<F>;
  using step_type = detail::generator_step<typename signature::input, typename signature::output, F>;
  return left | make_runnable<step_type>(std::move(function));
}

/// The left step is a function or a coroutine that takes the input of the chain.
template <class F, class Next, class Out>
  requires(!detail::runnable<F> && requires { &F::operator(); })
auto operator|(F function, const Runnable<Next, Out>& right) {
  using In = typename detail::function_input<F>::type;
  using step_type = detail::function_step<In, detail::output_of<F, In>, F>;
  return make_runnable<step_type>(std::move(function)) | right;
}

}  // namespace corochain
