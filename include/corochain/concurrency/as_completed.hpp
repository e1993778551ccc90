// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corochain/concurrency/completed.hpp"
#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/detail/as_completed.hpp"
#include "corochain/concurrency/detail/completion_stream.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/never.hpp"

namespace corochain {

/// The results of a fan-out, one by one in the order in which the calls end.
///
/// The calls begin with the first `next()` and then go on by themselves while their loop runs. Destroying the
/// object cancels the calls that still run: their sockets close, and their frames unwind on the loop soon
/// after. Destroy it on the executor it is used on, and before its execution context. Await one `next()` at a
/// time.
template <class T>
class Completions {
 public:
  Completions(const std::shared_ptr<detail::completion_work_base<T>>& work, detail::scope_options options)
      : results_(work, &work->results()), stream_(work, results_, options) {}

  /// Waits for the next call to end; gives nothing when all have ended. Each call gives exactly one item; a
  /// call that failed is a result that holds its failure.
  ///
  /// When the time for the whole is over, the calls that run are cancelled and awaited. First come the
  /// results that were in time, then those calls with a `TimeoutError` each, then the calls that never began,
  /// with a `TimeoutError` of `Phase::queued` each, and then the end. The items of a batch are its inputs.
  /// Those that were not drawn in time are items if the inputs know their number. The inputs of a generator
  /// that were not drawn are none.
  ///
  /// Cancelling the wait cancels all calls, waits for them and throws `CancelledError`.
  awaitable<std::optional<Completed<T>>> next() { return next_of(results_, stream_.next()); }

  /// Cancels the calls that still run and returns when all have ended. While a `next()` waits it throws a
  /// `ConfigError` and cancels nothing.
  awaitable<void> close() { return stream_.close(); }

  /// The results are awaited, so this is no range. A range-for over it does not compile.
  template <class Item = Completed<T>>
  detail::no_iterator<Item> begin() const {
    static_assert(detail::never<Item>,
                  "corochain: results are awaited: while (auto item = co_await completions.next()) ...; of a "
                  "batch on a thread that waits: for (auto& item : chain.batch_as_completed(inputs)) ...");
    return {};
  }
  template <class Item = Completed<T>>
  detail::no_iterator<Item> end() const {
    return {};
  }

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

/// Gives the calls' results in the order in which they end: `while (auto item = co_await done.next()) ...`.
/// Throws a `ConfigError` for an awaitable that was awaited or moved from before.
template <class T>
Completions<T> as_completed(std::vector<awaitable<T>>&& calls,
                            ConcurrencyOptions options = ConcurrencyOptions()) {
  return Completions<T>(std::make_shared<detail::vector_completion_work<T>>(std::move(calls)),
                        detail::scope_of(options, detail::on_child_end::keep_going));
}

/// Does not compile: calls are moved.
template <class T>
Completions<T> as_completed(const std::vector<awaitable<T>>&, ConcurrencyOptions = ConcurrencyOptions()) {
  static_assert(detail::never<T>,
                "corochain: a call is awaited once, so move them: as_completed(std::move(calls))");
  return as_completed(std::vector<awaitable<T>>());
}

}  // namespace corochain
