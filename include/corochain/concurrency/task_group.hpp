// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "corochain/concurrency/concurrency_options.hpp"
#include "corochain/concurrency/detail/task_group.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/never.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// Children that begin one by one, at any time, and end together, like asyncio's TaskGroup or a nursery.
///
///     cc::task_group group(co_await boost::asio::this_coro::executor);
///     group.spawn(watch(a));
///     group.spawn(watch(b));
///     co_await group.join();
///
/// A group belongs to the coroutine whose executor it is given. If that coroutine is in a run, the children
/// are part of the run and count in its budget; otherwise they are a run of their own. `with_task_group`
/// makes a group and always awaits its `join()`.
///
/// A group that is destroyed without `join()` cancels its children: their sockets close, and their frames
/// unwind on the loop soon after. Their failures are then lost. A group must be destroyed before its
/// execution context. Await one `join()` at a time; the other functions may be called from any thread while
/// the group exists.
class COROCHAIN_EXPORT task_group {
 public:
  /// `max_concurrency` bounds the children that run at once, with all work below them; the coroutine that
  /// made the group is not below the group. The `timeout` counts from the first child or `join()`.
  explicit task_group(boost::asio::any_io_executor here, ConcurrencyOptions options = ConcurrencyOptions());
  ~task_group();
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;

  /// Begins `child` at once, or as soon as the limit and the budget of the run have room. A coroutine that
  /// holds the last permit of a budget lends it to its children only while it waits in `join()`. Children may
  /// call this, too, until the last of them has ended. After a failure or a cancel the child is dropped and
  /// never begins. After `join()` has returned or thrown, this throws a `ConfigError`; a child that another
  /// thread spawns before that is waited for. It also throws a `ConfigError` for a child that was awaited or
  /// moved from before.
  ///
  /// The arguments of a coroutine are moved into it when it is made. A child that never begins takes them
  /// along: give such a child references, or a function, as below.
  void spawn(awaitable<void> child);
  /// As above, for a child that is made when it begins: `function` is called then, on the group's executor,
  /// and lives until the child has ended. If the child never begins, nothing is moved:
  ///
  ///     group.spawn([&] { return combine(std::move(summaries[0]), std::move(summaries[1])); });
  template <class F>
    requires std::same_as<std::invoke_result_t<F&>, awaitable<void>>
  void spawn(F function) {
    spawn(detail::begin_with(std::move(function)));
  }
  /// Does not compile: nobody would get the value.
  template <class T>
  void spawn(awaitable<T>) {
    static_assert(
        detail::never<T>,
        "corochain: a task_group takes children without a value; await the call in a coroutine that "
        "stores its value, or use gather(std::move(calls)) or as_completed(std::move(calls))");
  }

  /// Waits until all children have ended, also those that come meanwhile. The first failure cancels the
  /// others and is thrown when all have ended; so is a `TimeoutError` when the time is over. Cancelling the
  /// wait cancels all children, waits for them and throws `CancelledError`.
  awaitable<void> join();

  /// Asks all children to stop. `join()` still waits for them, and then returns without an error.
  void cancel();

 private:
  struct state;
  friend struct task_group_access;
  static awaitable<void> join_here(std::shared_ptr<state> group);
  std::shared_ptr<state> state_;
};

/// Awaits `body(group)` and then all children that it has begun in the group. It returns only when all have
/// ended.
///
/// `max_concurrency` bounds all work in the group, that of the body included. The body holds no permit
/// itself, so it may wait for a child by means of its own. Each of its calls, pulls of a stream, and children
/// of its fan-outs takes a permit for its time, beside the children of the group. A child keeps its permit
/// until it ends: if all children of a full group wait for a call of the body, all wait for ever.
///
/// An exception of the body cancels the children. A failure of a child cancels its siblings and the body. The
/// first exception is thrown when all have ended. The body may `join()` early; then no more can be spawned.
/// With g++ 12, name a lambda with captures before the call: `auto body = [&x](cc::task_group& group) ->
/// cc::awaitable<void> { ... };` `co_await cc::with_task_group(body);`
template <class F>
awaitable<void> with_task_group(F body, ConcurrencyOptions options = ConcurrencyOptions()) {
  return detail::run_task_group(std::make_shared<detail::task_group_body_of<F>>(std::move(body)), options);
}

}  // namespace corochain
