// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/execution_context.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// Closes the idle connections that models keep for this execution context (an `io_context`, a `thread_pool`).
/// Connections in use are not touched. Safe from any thread.
COROCHAIN_EXPORT void close_idle(boost::asio::execution_context& context);

/// A snapshot of the connections and calls of all models to one endpoint in one execution context.
/// All counts are of this context alone. What goes to an endpoint for several deployments, under several TLS settings
/// or through several proxies is added up; the latter two share no connection.
///
/// An endpoint to which nothing was open and no call under way for ten minutes is forgotten, and its counts with it.
struct COROCHAIN_EXPORT EndpointSnapshot {
  EndpointSnapshot();

  std::string endpoint;        ///< "https://host:port"
  std::size_t open = 0;        ///< connections, all of those below included
  std::size_t idle = 0;        ///< kept for the next call
  std::size_t connecting = 0;  ///< being opened
  std::size_t in_flight = 0;   ///< serving a call
  std::size_t waiting = 0;     ///< calls that wait for a connection
  std::uint64_t opened = 0;    ///< connections that were opened
  std::uint64_t full_handshakes = 0;
  std::uint64_t resumed_handshakes = 0;
  std::uint64_t retries = 0;  ///< attempts after failed ones, as `max_retries` counts them
  std::uint64_t pauses =
      0;  ///< times that a deployment refused most requests, so that all its callers paused
};

/// One for each endpoint that was called from this context and is not forgotten, in no order. Safe from any thread.
COROCHAIN_EXPORT std::vector<EndpointSnapshot> connection_snapshot(boost::asio::execution_context& context);

/// For a clean shutdown: refuses new calls in the awaiting coroutine's execution context (they fail with a
/// `ConnectError` whose problem is `ConnectProblem::draining`), waits until those under way have ended or `deadline`
/// comes, and closes idle connections. Gives how many calls were still under way then: they go on, and are the caller's
/// to cancel, and their connections are closed when they end. Calls that back off, pause or fetch a token count as
/// under way. Cancelled, it ends with `CancelledError`; new calls stay refused. `end_drain` lets them in again.
COROCHAIN_EXPORT awaitable<std::size_t> drain(std::chrono::steady_clock::time_point deadline);
COROCHAIN_EXPORT void end_drain(boost::asio::execution_context& context);

}  // namespace corochain
