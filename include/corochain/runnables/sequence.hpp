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

/// Takes the name of an overloaded function, which nothing else can. This name says in the compiler's message
/// what to write.
struct call_an_overloaded_function_inside_of_a_lambda {
  template <class = void>
  call_an_overloaded_function_inside_of_a_lambda(...);
};

}  // namespace detail

/// The right step takes what the left one gives; implicit conversions are applied.
template <class In, class Mid, class Next, class Out>
Runnable<In, Out> operator|(const Runnable<In, Mid>& left, const Runnable<Next, Out>& right) {
  constexpr bool fits = detail::steps_meet<Mid, Next>::value;
  static_assert(
      detail::steps_meet<Mid, Next>::value,
      "corochain: in 'left | right' the output of the left step does not convert to the input of the right "
      "step; put a step between them, such as a model between prompt and parser, or StrOutputParser between "
      "model and text; steps_meet<LEFT_OUTPUT, RIGHT_INPUT> names both");
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
  constexpr bool is_const = fits || !std::invocable<F&, Mid>;
  if constexpr (!is_const) {
    static_assert(
        is_const,
        "corochain: in 'left | function' the function's call operator is not const; a step is called "
        "by many calls at once: leave out 'mutable', and put what changes behind a std::shared_ptr");
    return left;
  } else if constexpr (!fits) {
    static_assert(
        detail::function_takes<F, Mid>::value,
        "corochain: in 'left | function' the function cannot be called with the output of the left "
        "step; give it one parameter of that type; function_takes<FUNCTION, LEFT_OUTPUT> names both");
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

/// The right step is an overloaded function: the overload that takes and gives what the left step gives.
template <class In, class Mid>
Runnable<In, Mid> operator|(const Runnable<In, Mid>& left,
                            std::type_identity_t<Mid> (*function)(std::type_identity_t<Mid>)) {
  using step_type = detail::function_step<Mid, Mid, Mid (*)(Mid)>;
  return left | make_runnable<step_type>(function);
}
/// For any other overload a lambda calls it: `chain | [](std::string text) { return f(std::move(text)); }`.
template <class In, class Mid>
Runnable<In, Mid> operator|(const Runnable<In, Mid>& left,
                            detail::call_an_overloaded_function_inside_of_a_lambda) = delete;

/// The right step is a coroutine that makes its answer chunk by chunk: see `RunnableGenerator`.
template <class In, class Mid, detail::generator_function F>
auto operator|(const Runnable<In, Mid>& left, F function) {
  using signature = detail::generator_signature<F>;
  using step_type = detail::generator_step<typename signature::input, typename signature::output, F>;
  return left | make_runnable<step_type>(std::move(function));
}

/// The left step is a function or a coroutine that takes the input of the chain: a plain function, a lambda,
/// a `std::function`. Its one parameter has one type, which is the input of the chain.
template <class F, class Next, class Out>
  requires(!detail::runnable<F>)
auto operator|(F function, const Runnable<Next, Out>& right) {
  constexpr bool is_text = detail::text_like<F>;
  static_assert(
      !is_text,
      "corochain: a text is no step; a prompt of a text is ChatPromptTemplate::from_template(text), "
      "in 'ChatPromptTemplate::from_template(text) | right'");
  static_assert(
      is_text || detail::has_function_input<F>,
      "corochain: in 'function | right' the left operand has to be a function with one parameter of "
      "one type, which becomes the input of the chain: write the type in place of auto, and give a "
      "function that is overloaded inside of a lambda");
  if constexpr (is_text || !detail::has_function_input<F>) {
    return right;
  } else {
    using In = typename detail::function_input<F>::type;
    using step_type = detail::function_step<In, detail::output_of<F, In>, F>;
    return make_runnable<step_type>(std::move(function)) | right;
  }
}

}  // namespace corochain
