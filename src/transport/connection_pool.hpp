// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "transport/endpoint_pool.hpp"

namespace corochain::transport {

class connection_pool;

/// The state that the calls of one execution context share. It outlives the context if a call does.
struct pool_state;
/// The state of one endpoint that those calls share.
struct known_endpoint;

/// One attempt's use of the pool, from its wait for a connection until its response was read or abandoned.
class connection_request {
 public:
  connection_request(std::shared_ptr<pool_state> state, std::shared_ptr<endpoint_pool> endpoint,
                     const pool_limits& limits);
  ~connection_request();
  connection_request(const connection_request&) = delete;
  connection_request& operator=(const connection_request&) = delete;

  /// Asks for a kept-alive or a new connection; only for a new one if `fresh`. Returns null if `given` holds
  /// it at once, else the wait for it.
  std::shared_ptr<connection_waiter> begin(bool fresh, lease& given);
  /// Keeps a connection for the next call. Its response was read to the end.
  void give_back(std::unique_ptr<connection> kept);

 private:
  std::shared_ptr<pool_state> state_;
  std::shared_ptr<endpoint_pool> endpoint_;
  pool_limits limits_;
  bool waited_ = false;
};

/// A call from its beginning to its end, including its waits between attempts. A drain waits for it.
class in_flight_call {
 public:
  /// Throws `ConnectError` while the pool is drained.
  in_flight_call(std::shared_ptr<pool_state> state, const endpoint& to);
  ~in_flight_call();
  in_flight_call(const in_flight_call&) = delete;
  in_flight_call& operator=(const in_flight_call&) = delete;

  /// For one attempt of the call.
  std::unique_ptr<connection_request> request(const pool_limits& limits) const;
  /// Counts that the call is sent once more; that its endpoint asked all callers to pause.
  void count_retry() noexcept;
  void count_pause() noexcept;

 private:
  std::shared_ptr<pool_state> state_;
  std::shared_ptr<known_endpoint> of_;
};

/// The counts of one endpoint's connections and calls in one execution context.
struct endpoint_counts {
  std::string name;  ///< "https://host:port"
  connection_counts connections;
  std::uint64_t retries = 0;
  std::uint64_t pauses = 0;
};

/// The connections of one execution context, by endpoint. Safe from any thread.
class connection_pool final : public boost::asio::execution_context::service {
 public:
  /// How long an endpoint without a connection and without a call is remembered. A program may use any number
  /// of endpoints over time, such as one for each of its users' keys.
  static constexpr std::chrono::minutes memory{10};
  using key_type = connection_pool;
  inline static boost::asio::execution_context::id id;

  explicit connection_pool(boost::asio::execution_context& context);

  static connection_pool& of(const boost::asio::any_io_executor& executor);

  /// For one attempt of a call to `to` that is not counted as in flight.
  std::unique_ptr<connection_request> request(const endpoint& to, const pool_limits& limits);
  /// Closes the idle connections that are too old, and forgets endpoints that were unused for long. Each
  /// lease and return calls it. It does its work once a second at most.
  void sweep(endpoint_pool::clock::time_point now);
  void close_idle();
  /// Closes all idle connections but the `most` of each endpoint that were used last.
  void keep_at_most(std::size_t most);
  /// A name has several entries if it is used with several TLS settings or proxies, and one for its forgotten
  /// endpoints.
  std::vector<endpoint_counts> snapshot() const;
  /// Refuses new calls until `resume`, and waits until the calls in flight have ended. Returns how many have
  /// not ended at `deadline`. Idle connections are closed.
  static awaitable<std::size_t> drain(std::shared_ptr<pool_state> pool,
                                      std::chrono::steady_clock::time_point deadline);
  void resume();
  const std::shared_ptr<pool_state>& state() const noexcept { return state_; }

 private:
  void shutdown() override;

  std::shared_ptr<pool_state> state_;
};

}  // namespace corochain::transport
