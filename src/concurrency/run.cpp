// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/run.hpp"

#include <boost/asio/this_coro.hpp>

#include "concurrency/run_context.hpp"

namespace corochain {

// `max()` stands for no deadline in a context. Users get an optional instead, so that nobody adds to it by
// mistake.
awaitable<std::optional<std::chrono::steady_clock::time_point>> run_deadline() {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  const detail::run_location location = detail::locate_run(here);
  if (!location.context || location.context->deadline == detail::run_context::time_point::max())
    co_return std::nullopt;
  co_return location.context->deadline;
}

std::optional<Failure> stop_cause(const boost::asio::any_io_executor& executor) {
  const detail::run_location location = detail::locate_run(executor);
  if (!location.context) return std::nullopt;
  return call_context(location.context).stop_cause();
}

}  // namespace corochain
