// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/timeout.hpp"

#include <boost/asio/this_coro.hpp>

#include "concurrency/deadline.hpp"
#include "concurrency/run_clock.hpp"

namespace corochain::detail {
namespace {

using clock = std::chrono::steady_clock;

// `timeout` is a deadline of the phase `run` that is made where the result is awaited. `with_deadline`
// watches it.

/// The limit does not hold for streams that were made before: they belong to the context around it.
awaitable<void> within(clock::duration limit, awaitable<void> body) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  child_context child = context_below(here);
  const auto now = now_in(*child.context);
  child.context->limited_since = clock::now();
  child.context->outside = child.parent;
  co_await with_deadline(std::move(child), later(now, limit), Phase::run, std::move(body));
}

}  // namespace

awaitable<void> run_within(clock::duration limit, awaitable<void> body) {
  // No limit: the call is awaited as it is, without a context or a frame of its own.
  if (limit == clock::duration::max()) return body;
  return within(limit, std::move(body));
}

}  // namespace corochain::detail
