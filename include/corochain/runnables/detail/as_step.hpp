// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/collecting_source.hpp"
#include "corochain/runnables/detail/function_step.hpp"
#include "corochain/runnables/detail/transparent_step.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain {

template <class In, class Out>
class Runnable;

namespace detail {

template <class In, class Out>
std::true_type is_runnable(const Runnable<In, Out>*);
std::false_type is_runnable(const void*);

template <class T>
concept runnable = decltype(is_runnable(static_cast<const std::remove_cvref_t<T>*>(nullptr)))::value;

/// The types stand in the compiler's message, so they have to be the conditions' own parameters.
template <class Around, class Takes>
struct input_converts {
  static constexpr bool value = std::convertible_to<Around, Takes>;
};
template <class Function, class Given>
struct function_takes {
  static constexpr bool value = std::invocable<const Function&, Given>;
};
template <class Gives, class Around>
struct output_converts {
  static constexpr bool value = std::convertible_to<Gives, Around>;
};

/// Whether `as_step` can adapt a `Given` to an `In`, as far as the input goes.
template <class In, class Given>
struct part_takes {
  static constexpr bool value = std::is_invocable_v<const Given&, In>;
};
template <class In, runnable Given>
struct part_takes<In, Given> {
  static constexpr bool value = std::convertible_to<In, typename Given::input_type>;
};

/// A step between types that convert to those around it. It shows as the inner step in descriptions and
/// events. If only the input converts, the chunks of the inner step pass; an output is converted as a whole.
template <class In, class Takes, class Gives, class Out>
class adapted_step final : public transparent_step<In, Out> {
 public:
  explicit adapted_step(step_ptr<Takes, Gives> inner) : inner_(std::move(inner)) {}
  RunType run_type() const noexcept override { return inner_->run_type(); }
  const char* name() const noexcept override { return inner_->name(); }
  streaming_mode streaming() const override {
    return std::is_same_v<Gives, Out> ? inner_->streaming() : streaming_mode::whole;
  }
  step_shape shape() const override { return {step_layout::transparent, {{inner_.get(), ""}}}; }
  awaitable<void> run_inner(In input, const call_context& context, std::optional<Out>& answer,
                            step_place place) const override {
    std::optional<Gives> given;
    // The conversion is made outside of the co_await expression, where g++ 12 would miscompile it.
    Takes taken = std::move(input);
    co_await inner_->run(std::move(taken), context, given, place);
    answer.emplace(std::move(*given));
  }
  chunk_source_of<Out> stream_inner(In input, call_context context, step_place place) const override {
    if constexpr (std::is_same_v<Gives, Out>)
      return inner_->run_stream(Takes(std::move(input)), std::move(context), place);
    else
      return std::make_unique<call_source<In, Out>>(*this, std::move(input), std::move(context));
  }
  chunk_source_of<Out> transform_inner(chunk_source_of<In> input, call_context context,
                                       step_place place) const override {
    return std::make_unique<collecting_source<In, In, Out>>(*this, std::move(input), std::move(context),
                                                            place);
  }

 private:
  step_ptr<Takes, Gives> inner_;
};

/// The step itself if its types are those wanted, else an `adapted_step` around it. Null, after the
/// compiler's message, if they do not convert.
template <class In, class Out, class Takes, class Gives>
step_ptr<In, Out> adapt(step_ptr<Takes, Gives> inner) {
  constexpr bool fits = input_converts<In, Takes>::value && output_converts<Gives, Out>::value;
  static_assert(input_converts<In, Takes>::value,
                "corochain: this runnable or function does not take the input it is to be given; "
                "input_converts<GIVEN, TAKEN> names both");
  static_assert(output_converts<Gives, Out>::value,
                "corochain: this runnable or function does not give the output that is wanted here; "
                "output_converts<GIVEN, WANTED> names both");
  if constexpr (!fits)
    return nullptr;
  else if constexpr (std::is_same_v<In, Takes> && std::is_same_v<Out, Gives>)
    return inner;
  else
    return std::make_shared<const adapted_step<In, Takes, Gives, Out>>(std::move(inner));
}

/// Takes the base class, because a class derived from it may have a `step` of its own.
template <class In, class Out, class Takes, class Gives>
step_ptr<In, Out> step_of_runnable(const Runnable<Takes, Gives>& given) {
  return adapt<In, Out>(given.step());
}

/// Makes a runnable, a function or a coroutine a step from `In` to `Out`. The compiler prints one readable
/// message where it cannot be one.
template <class In, class Out, class Given>
step_ptr<In, Out> as_step(Given given) {
  if constexpr (runnable<Given>) {
    return step_of_runnable<In, Out>(given);
  } else {
    constexpr bool fits = function_takes<Given, In>::value;
    static_assert(function_takes<Given, In>::value,
                  "corochain: this function cannot be called with the input it is to be given (or its call "
                  "operator is not const); function_takes<FUNCTION, GIVEN> names both");
    if constexpr (fits) {
      using Gives = output_of<Given, In>;
      return adapt<In, Out>(
          step_ptr<In, Gives>(std::make_shared<const function_step<In, Gives, Given>>(std::move(given))));
    } else {
      return nullptr;
    }
  }
}

/// The output type of a `Given` that `as_step` adapts to an `In`.
template <class In, class Given>
struct output_of_given {
  using type = output_of<Given, In>;
};
template <class In, runnable Given>
struct output_of_given<In, Given> {
  using type = typename Given::output_type;
};

/// One of several runnables that stand side by side: a branch, a route, a fallback.
template <class In, class Out>
class alternative {
 public:
  template <class Given>
    requires(!std::same_as<std::remove_cvref_t<Given>, alternative>)
  alternative(Given given) : step_(as_step<In, Out>(std::move(given))) {}
  const step_ptr<In, Out>& step_of() const noexcept { return step_; }

 private:
  step_ptr<In, Out> step_;
};

/// An alternative that is no list of them.
template <class Given, class In, class Out>
concept lone_alternative = !std::same_as<Given, ListArg<alternative<In, Out>>> &&
                           !std::same_as<Given, std::vector<alternative<In, Out>>>;

}  // namespace detail
}  // namespace corochain
