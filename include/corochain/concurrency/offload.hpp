// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain {
namespace detail {

/// What is done on another executor.
class COROCHAIN_EXPORT offload_work {
 public:
  virtual ~offload_work();
  virtual bool is_coroutine() const noexcept = 0;
  /// Of a plain function: calls it and keeps its value.
  virtual void call() = 0;
  /// Of a function that returns an awaitable: the same to be awaited.
  virtual awaitable<void> begin() = 0;
  /// Destroys the function.
  virtual void drop() noexcept = 0;
};

COROCHAIN_EXPORT awaitable<void> run_offloaded(boost::asio::any_io_executor executor,
                                               std::shared_ptr<offload_work> work);

template <class R>
struct offloaded {
  using type = R;
  static constexpr bool is_coroutine = false;
};
template <class T>
struct offloaded<awaitable<T>> {
  using type = T;
  static constexpr bool is_coroutine = true;
};
template <class F>
using offloaded_by = offloaded<std::decay_t<std::invoke_result_t<F&>>>;

template <class F>
class offload_call final : public offload_work {
 public:
  using value_type = typename offloaded_by<F>::type;
  explicit offload_call(F function) : function_(std::move(function)) {}

  bool is_coroutine() const noexcept override { return offloaded_by<F>::is_coroutine; }
  void call() override {
    if constexpr (offloaded_by<F>::is_coroutine) {
    } else if constexpr (std::is_void_v<value_type>) {
      (*function_)();
      value_.emplace();
    } else {
      value_.emplace((*function_)());
    }
  }
  awaitable<void> begin() override {
    if constexpr (offloaded_by<F>::is_coroutine)
      return keep((*function_)(), value_);
    else
      return {};
  }
  void drop() noexcept override { function_.reset(); }

  static awaitable<value_type> result_of(std::shared_ptr<offload_call> work,
                                         boost::asio::any_io_executor executor) {
    co_await run_offloaded(std::move(executor), work);
    if constexpr (!std::is_void_v<value_type>) co_return std::move(*work->value_);
  }

 private:
  std::optional<F> function_;
  std::optional<stored<value_type>> value_;
};

}  // namespace detail

/// Calls `function` on another executor, a thread pool's for instance, and gives its value or throws its exception: for
/// what blocks or computes long, which would hold up all else on the loop. The awaiting coroutine goes on where it was.
///
///     boost::asio::thread_pool pool(4);
///     auto parse = [&text] { return slow_parse(text); };   // with g++ 12, name the callable first
///     Document document = co_await cc::offload(pool.get_executor(), parse);
///
/// (`co_await cc::offload(executor, [s] { ... })` with an owning capture written in place is a double free with g++
/// 12.)
///
/// Cancelled while it waits in the pool's queue it is not called. Cancelled while it runs, it cannot be stopped: the
/// wait goes on until it returns, since it may use what the caller owns, and then throws `CancelledError`; destroying
/// the caller's loop waits for it, too. A pool that is destroyed before the call began throws `CancelledError`; one
/// that is only stopped leaves it waiting until then. The call's permit of the run's budget stays held meanwhile.
///
/// A `function` that returns an awaitable is a coroutine that runs on the other executor, one thread at a time, and can
/// be cancelled like any. It is still part of the run: deadline and budget are found below it, and calls of chains
/// within it go to the run's own executor and come back by themselves. Pool and loop must outlive such a coroutine.
template <class F>
awaitable<typename detail::offloaded_by<F>::type> offload(boost::asio::any_io_executor executor, F function) {
  using call = detail::offload_call<F>;
  return call::result_of(std::make_shared<call>(std::move(function)), std::move(executor));
}

}  // namespace corochain
