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

namespace corochain::detail {

/// A call on another executor.
class COROCHAIN_EXPORT offload_work {
 public:
  virtual ~offload_work();
  virtual bool is_coroutine() const noexcept = 0;
  /// For a plain function: calls it and keeps its value.
  virtual void call() = 0;
  /// For a function that returns an awaitable: calls it, and keeps its value when the result is awaited.
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

}  // namespace corochain::detail
