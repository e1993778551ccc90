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
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// What a `Runnable` points to: immutable, shared by any number of calls at once. Who awaits `call` is inside a run
/// and keeps the step alive until the awaitable is done.
template <class In, class Out>
class COROCHAIN_EXPORT step {
 public:
  virtual ~step() = default;
  virtual awaitable<Out> call(In input) const = 0;
};

/// A call from outside: enters a run when there is none yet, and keeps the step alive.
template <class In, class Out>
awaitable<Out> call_in_run(std::shared_ptr<const step<In, Out>> target, In input) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  std::optional<Out> value;
  if (in_run(here))
    value.emplace(co_await target->call(std::move(input)));
  else
    co_await enter_run(keep(target->call(std::move(input)), value));
  co_return std::move(*value);
}

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

/// A plain function or a function that returns an awaitable.
template <class In, class Out, class F>
class function_step final : public step<In, Out> {
 public:
  explicit function_step(F function) : function_(std::move(function)) {}
  awaitable<Out> call(In input) const override {
    if constexpr (awaited<std::invoke_result_t<const F&, In>>::is_coroutine)
      co_return co_await std::invoke(function_, std::move(input));
    else
      co_return std::invoke(function_, std::move(input));
  }

 private:
  F function_;
};

/// One step after another. `Mid` is what the first gives, `Next` what the second takes.
template <class In, class Mid, class Next, class Out>
class sequence_step final : public step<In, Out> {
 public:
  sequence_step(std::shared_ptr<const step<In, Mid>> first, std::shared_ptr<const step<Next, Out>> second)
      : first_(std::move(first)), second_(std::move(second)) {}
  awaitable<Out> call(In input) const override {
    Mid middle = co_await first_->call(std::move(input));
    Next next = std::move(middle);  // the implicit conversion, outside of the co_await expression
    co_return co_await second_->call(std::move(next));
  }

 private:
  std::shared_ptr<const step<In, Mid>> first_;
  std::shared_ptr<const step<Next, Out>> second_;
};

}  // namespace corochain::detail
