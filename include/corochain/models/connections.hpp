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

/// Closes the idle connections that models keep for this execution context (an `io_context`, a
/// `thread_pool`). Connections in use are not touched. Safe from any thread.
COROCHAIN_EXPORT void close_idle(boost::asio::execution_context& context);

/// A snapshot of the connections and calls of all models to one endpoint in one execution context. All counts
/// are of this context alone. An endpoint with several deployments, TLS settings or proxies has one snapshot
/// with the sums. Calls with different TLS settings or proxies share no connection.
///
/// An endpoint without an open connection and without a call for ten minutes is forgotten, and its counts
/// with it.
struct COROCHAIN_EXPORT EndpointSnapshot {
  EndpointSnapshot();

  /// The endpoint as "https://host:port".
  std::string endpoint;
  /// The number of connections, including the three kinds below.
  std::size_t open = 0;
  /// Connections that are kept for the next call.
  std::size_t idle = 0;
  /// Connections that are being opened.
  std::size_t connecting = 0;
  /// Connections that serve a call.
  std::size_t in_flight = 0;
  /// Calls that wait for a connection.
  std::size_t waiting = 0;
  /// The number of connections that were opened.
  std::uint64_t opened = 0;
  std::uint64_t full_handshakes = 0;
  std::uint64_t resumed_handshakes = 0;
  /// The number of attempts after failed ones, as `max_retries` counts them.
  std::uint64_t retries = 0;
  /// The number of times that a deployment refused most requests, so that all its callers paused.
  std::uint64_t pauses = 0;
};

/// One snapshot for each endpoint that was called from this context and is not forgotten, in no order. Safe
/// from any thread.
COROCHAIN_EXPORT std::vector<EndpointSnapshot> connection_snapshot(boost::asio::execution_context& context);

/// Prepares a clean shutdown of the awaiting coroutine's execution context. It refuses new calls (they fail
/// with a `ConnectError` whose problem is `ConnectProblem::draining`), waits until the calls under way have
/// ended or `deadline` comes, and closes idle connections.
///
/// It returns the number of calls that are still under way. These go on unless the caller cancels them, and
/// their connections are closed when they end. Calls that back off, pause or fetch a token count as under
/// way. A cancelled drain ends with `CancelledError`; new calls stay refused. `end_drain` accepts them again.
COROCHAIN_EXPORT awaitable<std::size_t> drain(std::chrono::steady_clock::time_point deadline);
COROCHAIN_EXPORT void end_drain(boost::asio::execution_context& context);

}  // namespace corochain
