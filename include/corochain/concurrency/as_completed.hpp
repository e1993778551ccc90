// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/detail/completion_stream.hpp"
#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/detail/result_queue.hpp"
#include "corochain/concurrency/detail/scope_work.hpp"
#include "corochain/concurrency/detail/spent_calls.hpp"
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

/// Children whose ends are results.
template <class T>
class completion_work_base : public scope_work {
 public:
  /// `capacity` is that of the queue.
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
  /// The next call, invalid when there are no more.
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
  Completions(const std::shared_ptr<detail::completion_work_base<T>>& work, detail::scope_options options)
      : results_(work, &work->results()), stream_(work, results_, options) {}

  /// Waits for the next call to end; nothing when all have. A call that failed is a result that holds its failure;
  /// cancelling the wait cancels all calls, waits for them and throws `CancelledError`. When the time for the whole is
  /// over a `TimeoutError` is thrown after the results that were in time.
  awaitable<std::optional<Completed<T>>> next() { return next_of(results_, stream_.next()); }

  /// Cancels what still runs and returns when all of it has ended. A `ConfigError`, and nothing cancelled, while a
  /// `next()` waits.
  awaitable<void> close() { return stream_.close(); }

 private:
  static awaitable<std::optional<Completed<T>>> next_of(
      std::shared_ptr<detail::result_queue<Completed<T>>> results, awaitable<bool> next) {
    const bool more = co_await std::move(next);
    std::optional<Completed<T>> item;
    if (more) results->take_ready(item);
    co_return item;
  }

  std::shared_ptr<detail::result_queue<Completed<T>>> results_;
  detail::completion_stream stream_;
};

/// The calls' results in the order in which they end: `while (auto item = co_await done.next()) ...`. An awaitable that
/// was awaited or moved from before is a `ConfigError`.
template <class T>
Completions<T> as_completed(std::vector<awaitable<T>> calls,
                            ConcurrencyOptions options = ConcurrencyOptions()) {
  return Completions<T>(std::make_shared<detail::vector_completion_work<T>>(std::move(calls)),
                        detail::scope_of(options, detail::on_child_end::keep_going));
}

}  // namespace corochain
