// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/detail/check_calls.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Keeps the failures of a race in their order.
class COROCHAIN_EXPORT race_failures : public scope_work {
 public:
  void failed(std::size_t index, std::exception_ptr error) final;
  [[noreturn]] void throw_all(std::size_t runners);

 private:
  std::vector<std::exception_ptr> failures_;
};

COROCHAIN_EXPORT awaitable<void> run_race(std::shared_ptr<scope_work> work, ConcurrencyOptions options,
                                          bool nobody);

template <class T>
class race_work final : public race_failures {
 public:
  explicit race_work(std::vector<awaitable<T>> calls) : calls_(std::move(calls)) { check_calls(calls_); }

  awaitable<void> next(std::size_t index, const call_context&) override {
    if (index >= calls_.size()) return {};
    return first(std::move(calls_[index]), winner_);
  }
  bool nobody() const noexcept { return calls_.empty(); }
  stored<T>& winner() {
    if (!winner_) throw_all(calls_.size());
    return *winner_;
  }

 private:
  static awaitable<void> first(awaitable<T> call, std::optional<stored<T>>& winner) {
    std::optional<stored<T>> mine;
    co_await keep(std::move(call), mine);
    if (!winner) winner.emplace(std::move(*mine));
  }

  std::vector<awaitable<T>> calls_;
  std::optional<stored<T>> winner_;
};

template <class T>
awaitable<T> race_of(std::shared_ptr<race_work<T>> work, ConcurrencyOptions options) {
  co_await run_race(work, options, work->nobody());
  auto& winner = work->winner();
  if constexpr (std::is_void_v<T>)
    static_cast<void>(winner);
  else
    co_return std::move(winner);
}

}  // namespace corochain::detail
