// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/concurrency/run.hpp"

#include <boost/asio/this_coro.hpp>

#include "concurrency/run_context.hpp"

namespace corochain {

awaitable<std::optional<std::chrono::steady_clock::time_point>> run_deadline() {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  const detail::run_location location = detail::locate_run(here);
  if (!location.context || location.context->deadline == detail::run_context::time_point::max())
    co_return std::nullopt;
  co_return location.context->deadline;
}

}  // namespace corochain
