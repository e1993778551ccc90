// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/detail/fan_out.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/result.hpp"

namespace corochain {

struct QueryResult;

/// One ended call of a fan-out.
template <class T>
struct Completed {
  Completed(std::size_t at, Result<T> ended) : index(at), result(std::move(ended)) {}

  std::size_t index;  ///< 0-based, in the order of the inputs
  Result<T> result;
  /// What it cost: of a batch with `BatchOptions::record`, else null. Its `answer` is empty: that is in `result`.
  std::shared_ptr<const QueryResult> record;
};

namespace detail {

/// Holds results until the consumer takes them, in the order in which they came.
template <class T>
class completion_queue : public fan_out_work {
 public:
  void failed(std::size_t index, std::exception_ptr error) override {
    add(Completed<T>(index, Result<T>(boost::system::in_place_error, std::move(error))));
  }
  std::size_t released(std::size_t) override { return std::exchange(added_, 0); }
  void hand_out() override {
    handed_out_.emplace(std::move(ready_.front()));
    ready_.pop_front();
  }
  /// On the consumer's executor.
  Completed<T> take() { return std::move(*handed_out_); }

 protected:
  void add(Completed<T> item) {
    ready_.push_back(std::move(item));
    ++added_;
  }

 private:
  std::list<Completed<T>> ready_;  // on the run's executor
  std::size_t added_ = 0;          // since `released` was asked last
  std::optional<Completed<T>> handed_out_;
};

/// Queues results in the order in which the children end. `draw` makes the next child.
template <class T>
class completion_work : public completion_queue<T> {
 public:
  awaitable<void> next(std::size_t index) final {
    awaitable<T> call = draw();
    if (!call.valid()) return {};
    return queue_value(std::move(call), index);
  }

 private:
  /// The next call, invalid when there are no more.
  virtual awaitable<T> draw() = 0;

  awaitable<void> queue_value(awaitable<T> call, std::size_t index) {
    std::optional<stored<T>> value;
    co_await keep(std::move(call), value);
    if constexpr (std::is_void_v<T>)
      this->add({index, Result<T>(boost::system::in_place_value)});
    else
      this->add({index, Result<T>(boost::system::in_place_value, std::move(*value))});
  }
};

template <class T>
class vector_completion_work final : public completion_work<T> {
 public:
  explicit vector_completion_work(std::vector<awaitable<T>> calls) : calls_(std::move(calls)) {
    check_calls(calls_);
  }

 private:
  awaitable<T> draw() override {
    if (drawn_ == calls_.size()) return {};
    return std::move(calls_[drawn_++]);
  }

  std::vector<awaitable<T>> calls_;
  std::size_t drawn_ = 0;
};

}  // namespace detail

/// The results of a fan-out, one by one in the order in which the calls end.
///
/// The calls begin with the first `next()` and then go on by themselves while their loop runs. Destroying the object
/// cancels what still runs: its sockets close, its frames unwind on the loop soon after. It must be destroyed on the
/// executor it is used on, and before its execution context. One `next()` at a time.
template <class T>
class Completions {
 public:
  Completions(std::shared_ptr<detail::completion_queue<T>> work, detail::fan_out_options options)
      : work_(work), stream_(std::move(work), options) {}

  /// Waits for the next call to end; nothing when all have. A call that failed is a result that holds its failure;
  /// cancelling the wait cancels all calls, waits for them and throws `CancelledError`. When the time for the whole is
  /// over a `TimeoutError` is thrown after the results that were in time.
  awaitable<std::optional<Completed<T>>> next() { return next_of(work_, stream_.next()); }

  /// Cancels what still runs and returns when all of it has ended. A `ConfigError`, and nothing cancelled, while a
  /// `next()` waits.
  awaitable<void> close() { return stream_.close(); }

 private:
  static awaitable<std::optional<Completed<T>>> next_of(std::shared_ptr<detail::completion_queue<T>> work,
                                                        awaitable<bool> next) {
    const bool more = co_await std::move(next);
    std::optional<Completed<T>> item;
    if (more) item.emplace(work->take());
    co_return item;
  }

  std::shared_ptr<detail::completion_queue<T>> work_;
  detail::completion_stream stream_;
};

/// The calls' results in the order in which they end: `while (auto item = co_await done.next()) ...`. An awaitable that
/// was awaited or moved from before is a `ConfigError`.
template <class T>
Completions<T> as_completed(std::vector<awaitable<T>> calls,
                            ConcurrencyOptions options = ConcurrencyOptions()) {
  detail::fan_out_options made;
  made.max_concurrency = options.max_concurrency;
  made.timeout = options.timeout;
  made.cancel_on_failure = false;
  return Completions<T>(std::make_shared<detail::vector_completion_work<T>>(std::move(calls)), made);
}

}  // namespace corochain
