// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/runnables/detail/immediate_step.hpp"

namespace corochain::detail {

/// The value of an awaitable, or the type itself.
template <class T>
struct awaited {
  using type = T;
  static constexpr bool is_coroutine = false;
};
template <class T>
struct awaited<awaitable<T>> {
  using type = T;
  static constexpr bool is_coroutine = true;
};

template <class F, class In>
inline constexpr bool gives_awaitable = awaited<std::invoke_result_t<const F&, In>>::is_coroutine;

/// The type that a function makes of an input: the value of its awaitable if it returns one.
template <class F, class In>
using output_of = typename awaited<std::remove_cvref_t<std::invoke_result_t<const F&, In>>>::type;

/// The type of the one parameter of a function or a function object. Empty for what has no such parameter.
template <class F>
struct function_input {};
template <class R, class A, bool N>
struct function_input<R (*)(A) noexcept(N)> {
  using type = std::remove_cvref_t<A>;
};
template <class C, class R, class A, bool N>
struct function_input<R (C::*)(A) const noexcept(N)> : function_input<R (*)(A)> {};
template <class C, class R, class A>
struct function_input<R (C::*)(A)> : function_input<R (*)(A)> {};
template <class F>
  requires requires { &F::operator(); }
struct function_input<F> : function_input<decltype(&F::operator())> {};

/// False for functions with an `auto` parameter, with overloads, or with another number of parameters than
/// one.
template <class F>
concept has_function_input = requires { typename function_input<F>::type; };

/// A plain function, called without a coroutine. It blocks the loop while it works.
template <class In, class Out, class F>
class function_step final : public immediate_step<In, Out> {
 public:
  explicit function_step(F function) : function_(std::move(function)) {}
  const char* name() const noexcept override { return "RunnableLambda"; }
  Out apply(In&& input) const override { return std::invoke(function_, std::move(input)); }

 private:
  F function_;
};

/// A function that returns an awaitable: a coroutine of the user's. The context goes onto the executor for
/// it.
template <class In, class Out, class F>
  requires gives_awaitable<F, In>
class function_step<In, Out, F> final : public step<In, Out> {
 public:
  explicit function_step(F function) : function_(std::move(function)) {}
  const char* name() const noexcept override { return "RunnableLambda"; }
  awaitable<void> call(In input, const call_context& context, std::optional<Out>& answer) const override {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    auto given = keep(std::invoke(function_, std::move(input)), answer);
    if (!is_on(here, context)) given = run_on(context, std::move(given));
    co_await std::move(given);
  }

 private:
  F function_;
};

}  // namespace corochain::detail
