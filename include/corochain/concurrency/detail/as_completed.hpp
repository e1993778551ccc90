// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "corochain/concurrency/completed.hpp"
#include "corochain/concurrency/detail/check_calls.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/detail/result_queue.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/result.hpp"

namespace corochain::detail {

/// Children whose ends are results.
template <class T>
class completion_work_base : public scope_work {
 public:
  /// `capacity` is the capacity of the queue.
  explicit completion_work_base(std::size_t capacity = 0) : results_(capacity) {}
  void failed(std::size_t index, std::exception_ptr error) override {
    results_.put(Completed<T>(index, Result<T>(boost::system::in_place_error, std::move(error))));
  }
  void ended(std::size_t) override { results_.publish(); }
  result_queue<Completed<T>>& results() noexcept { return results_; }
  const result_queue<Completed<T>>& results() const noexcept { return results_; }

 private:
  result_queue<Completed<T>> results_;
};

/// Queues results in the order in which the children end. `draw` makes the next child.
template <class T>
class completion_work : public completion_work_base<T> {
 public:
  awaitable<void> next(std::size_t index, const call_context&) final {
    awaitable<T> call = draw();
    if (!call.valid()) return {};
    return queue_value(std::move(call), index);
  }

 private:
  /// Makes the next call; invalid when there are no more.
  virtual awaitable<T> draw() = 0;

  awaitable<void> queue_value(awaitable<T> call, std::size_t index) {
    std::optional<stored<T>> value;
    co_await keep(std::move(call), value);
    if constexpr (std::is_void_v<T>)
      this->results().put({index, Result<T>(boost::system::in_place_value)});
    else
      this->results().put({index, Result<T>(boost::system::in_place_value, std::move(*value))});
  }
};

template <class T>
class vector_completion_work final : public completion_work<T> {
 public:
  explicit vector_completion_work(std::vector<awaitable<T>> calls) : calls_(std::move(calls)) {
    check_calls(calls_);
  }
  bool put_unbegun() override {
    if (drawn_ == calls_.size()) return false;
    this->failed(drawn_++, not_begun_in_time());
    return true;
  }

 private:
  awaitable<T> draw() override {
    if (drawn_ == calls_.size()) return {};
    return std::move(calls_[drawn_++]);
  }

  std::vector<awaitable<T>> calls_;
  std::size_t drawn_ = 0;
};

}  // namespace corochain::detail
