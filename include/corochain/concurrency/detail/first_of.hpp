// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/concurrency/completed.hpp"
#include "corochain/concurrency/detail/check_calls.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Throws a `ConfigError` if there are no calls.
COROCHAIN_EXPORT awaitable<void> run_first_of(std::shared_ptr<scope_work> work, bool nobody);

/// Keeps the first end. The calls that end later were cancelled for it.
template <class T>
class first_of_work final : public scope_work {
 public:
  explicit first_of_work(std::vector<awaitable<T>> calls) : calls_(std::move(calls)) { check_calls(calls_); }

  awaitable<void> next(std::size_t index, const call_context&) override {
    if (index >= calls_.size()) return {};
    return keep_first(std::move(calls_[index]), index, first_);
  }
  void failed(std::size_t index, std::exception_ptr error) override {
    if (!first_) first_.emplace(index, Result<T>(boost::system::in_place_error, std::move(error)));
  }
  bool nobody() const noexcept { return calls_.empty(); }
  Completed<T>& first() noexcept { return *first_; }

 private:
  static awaitable<void> keep_first(awaitable<T> call, std::size_t index,
                                    std::optional<Completed<T>>& first) {
    std::optional<stored<T>> value;
    co_await keep(std::move(call), value);
    if (first) co_return;
    if constexpr (std::is_void_v<T>)
      first.emplace(index, Result<T>(boost::system::in_place_value));
    else
      first.emplace(index, Result<T>(boost::system::in_place_value, std::move(*value)));
  }

  std::vector<awaitable<T>> calls_;
  std::optional<Completed<T>> first_;
};

template <class T>
awaitable<Completed<T>> first_end_of(std::shared_ptr<first_of_work<T>> work) {
  co_await run_first_of(work, work->nobody());
  co_return std::move(work->first());
}

}  // namespace corochain::detail
