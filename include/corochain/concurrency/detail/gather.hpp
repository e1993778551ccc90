// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/concurrency/detail/check_calls.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/result.hpp"

namespace corochain::detail {

/// Keeps each child's value by index, and its failure if the fan-out goes on after a failure.
template <class T>
class gather_work : public scope_work {
 public:
  explicit gather_work(std::vector<awaitable<T>> calls)
      : calls_(std::move(calls)), values_(calls_.size()), failures_(calls_.size()) {
    check_calls(calls_);
  }

  awaitable<void> next(std::size_t index, const call_context&) override {
    if (index >= calls_.size()) return {};
    return keep(std::move(calls_[index]), values_[index]);
  }
  void failed(std::size_t index, std::exception_ptr error) override { failures_[index] = std::move(error); }

  /// The values, after a fan-out in which no child failed.
  std::vector<T> values()
    requires(!std::is_void_v<T>)
  {
    std::vector<T> all;
    all.reserve(values_.size());
    for (auto& value : values_) all.push_back(std::move(*value));
    return all;
  }
  std::vector<Result<T>> results() {
    std::vector<Result<T>> all;
    all.reserve(values_.size());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!values_[i])
        all.emplace_back(boost::system::in_place_error, failures_[i] ? failures_[i] : not_begun());
      else if constexpr (std::is_void_v<T>)
        all.emplace_back(boost::system::in_place_value);
      else
        all.emplace_back(boost::system::in_place_value, std::move(*values_[i]));
    }
    return all;
  }

 private:
  /// The error of a child that never began. Only a stop and a timeout of the whole leave such children in a
  /// fan-out that goes on after failures.
  std::exception_ptr not_begun() const { return stopped_by() ? stopped_by() : not_begun_in_time(); }

  std::vector<awaitable<T>> calls_;
  std::vector<std::optional<stored<T>>> values_;
  std::vector<std::exception_ptr> failures_;
};

template <class T>
awaitable<std::vector<T>> gather_all(std::shared_ptr<gather_work<T>> work, scope_options options) {
  co_await run_all(work, options);
  co_return work->values();
}

template <class T>
awaitable<std::vector<Result<T>>> gather_each(std::shared_ptr<gather_work<T>> work, scope_options options) {
  co_await run_all(work, options);
  co_return work->results();
}

/// Calls of several types at once.
template <class... T>
class tuple_work : public scope_work {
 public:
  explicit tuple_work(awaitable<T>... calls) : calls_(std::move(calls)...) {
    std::apply([index = std::size_t(0)](auto&... call) mutable { (check_call(call, index++), ...); }, calls_);
  }

  awaitable<void> next(std::size_t index, const call_context&) override {
    return pick(index, std::index_sequence_for<T...>());
  }
  std::tuple<stored<T>...> values() {
    return std::apply([](auto&... value) { return std::tuple<stored<T>...>(std::move(*value)...); }, values_);
  }

 private:
  template <std::size_t... I>
  awaitable<void> pick(std::size_t index, std::index_sequence<I...>) {
    awaitable<void> picked;
    ((index == I ? void(picked = keep(std::move(std::get<I>(calls_)), std::get<I>(values_))) : void()), ...);
    return picked;
  }

  std::tuple<awaitable<T>...> calls_;
  std::tuple<std::optional<stored<T>>...> values_;
};

template <class... T>
awaitable<std::tuple<stored<T>...>> gather_tuple(std::shared_ptr<tuple_work<T...>> work) {
  co_await run_all(work, scope_options());
  co_return work->values();
}

}  // namespace corochain::detail
