// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <utility>

#include "corochain/concurrency/detail/offload.hpp"
#include "corochain/core/awaitable.hpp"

namespace corochain {

/// Calls `function` on another executor, for instance a thread pool's, and gives its value or throws its
/// exception. It is for functions that block or compute for long, which would hold up everything else on the
/// loop. The awaiting coroutine resumes on its own executor.
///
///     boost::asio::thread_pool pool(4);
///     auto parse = [&text] { return slow_parse(text); };   // with g++ 12, name the callable first
///     Document document = co_await cc::offload(pool.get_executor(), parse);
///
/// (`co_await cc::offload(executor, [s] { ... })` with an owning capture written in place is a double free
/// with g++ 12.)
///
/// A function that waits in the pool's queue when the call is cancelled is not called. A function that runs
/// cannot be stopped: the wait goes on until it returns, since it may use data that the caller owns, and then
/// throws `CancelledError`. Destroying the caller's loop waits for it, too. If the pool is destroyed before
/// the function began, the call throws `CancelledError`. A pool that is only stopped leaves the function in
/// the queue until then. The call keeps its permit of the run's budget meanwhile.
///
/// A `function` that returns an awaitable is a coroutine that runs on the other executor, one thread at a
/// time, and can be cancelled like any other. It is still part of the run: deadline and budget hold below it,
/// and calls of chains within it go to the run's own executor and come back by themselves. Pool and loop must
/// outlive such a coroutine.
template <class F>
awaitable<typename detail::offloaded_by<F>::type> offload(boost::asio::any_io_executor executor, F function) {
  using call = detail::offload_call<F>;
  return call::result_of(std::make_shared<call>(std::move(function)), std::move(executor));
}

}  // namespace corochain
