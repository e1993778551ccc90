// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <utility>

#include "corochain/concurrency/detail/offload.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain {

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
