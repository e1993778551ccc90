// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/connections.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "transport/connection_pool.hpp"

namespace corochain {
namespace asio = boost::asio;
using transport::connection_pool;

// The public functions on the connections of an execution context. They hand on to its `connection_pool`, and
// make none for a context that has had no call.

void close_idle(asio::execution_context& context) {
  if (asio::has_service<connection_pool>(context)) asio::use_service<connection_pool>(context).close_idle();
}

EndpointSnapshot::EndpointSnapshot() = default;

std::vector<EndpointSnapshot> connection_snapshot(asio::execution_context& context) {
  std::vector<EndpointSnapshot> all;
  if (!asio::has_service<connection_pool>(context)) return all;
  for (const auto& known : asio::use_service<connection_pool>(context).snapshot()) {
    const transport::connection_counts& counts = known.connections;
    // An endpoint has one pool for each combination of TLS settings and proxy, and one entry for those
    // forgotten.
    auto at = std::find_if(all.begin(), all.end(),
                           [&](const EndpointSnapshot& each) { return each.endpoint == known.name; });
    if (at == all.end()) at = all.insert(all.end(), EndpointSnapshot());
    EndpointSnapshot& made = *at;
    made.endpoint = known.name;
    made.open += counts.open;
    made.idle += counts.idle;
    made.connecting += counts.connecting;
    // The pool does not count these: a connection that is open, and neither idle nor opening, serves a call.
    made.in_flight += counts.open - counts.idle - counts.connecting;
    made.waiting += counts.waiting;
    made.opened += counts.opened;
    made.full_handshakes += counts.full_handshakes;
    made.resumed_handshakes += counts.resumed_handshakes;
    made.retries += known.retries;
    made.pauses += known.pauses;
  }
  return all;
}

/// The pool's state is handed on, and not the pool: the frame may be destroyed after the pool.
awaitable<std::size_t> drain(std::chrono::steady_clock::time_point deadline) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_return co_await connection_pool::drain(connection_pool::of(here).state(), deadline);
}

/// Nothing was drained in a context without a pool.
void end_drain(asio::execution_context& context) {
  if (asio::has_service<connection_pool>(context)) asio::use_service<connection_pool>(context).resume();
}

}  // namespace corochain
