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

/// What the calls of one execution context share; outlives the context where a call does.
struct pool_state;
/// What these know of one endpoint.
struct known_endpoint;

/// One attempt's use of the pool, from its wait for a connection until its response was read or given up.
class connection_request {
 public:
  connection_request(std::shared_ptr<pool_state> state, std::shared_ptr<endpoint_pool> endpoint,
                     const pool_limits& limits);
  ~connection_request();
  connection_request(const connection_request&) = delete;
  connection_request& operator=(const connection_request&) = delete;

  /// Asks for a connection, kept-alive or to be opened; to be opened only if `fresh`. Null where `given`
  /// holds it at once, else the wait for it.
  std::shared_ptr<connection_waiter> begin(bool fresh, lease& given);
  /// Keeps a connection whose answer was read to its end for the next call.
  void give_back(std::unique_ptr<connection> kept);

 private:
  std::shared_ptr<pool_state> state_;
  std::shared_ptr<endpoint_pool> endpoint_;
  pool_limits limits_;
  bool waited_ = false;
};

/// A call from its beginning to its end, its waits between attempts included: what a drain waits for.
class in_flight_call {
 public:
  /// Throws `ConnectError` while the pool is drained.
  in_flight_call(std::shared_ptr<pool_state> state, const endpoint& to);
  ~in_flight_call();
  in_flight_call(const in_flight_call&) = delete;
  in_flight_call& operator=(const in_flight_call&) = delete;

  /// For one of its attempts.
  std::unique_ptr<connection_request> request(const pool_limits& limits) const;
  /// The call goes over the wire once more; its endpoint asked all callers to pause.
  void count_retry() noexcept;
  void count_pause() noexcept;

 private:
  std::shared_ptr<pool_state> state_;
  std::shared_ptr<known_endpoint> of_;
};

/// What is known of one endpoint's connections and calls in one execution context.
struct endpoint_counts {
  std::string name;  ///< "https://host:port"
  connection_counts connections;
  std::uint64_t retries = 0;
  std::uint64_t pauses = 0;
};

/// The connections of one execution context, by endpoint. Safe from any thread.
class connection_pool final : public boost::asio::execution_context::service {
 public:
  /// How long an endpoint without a connection and without a call is remembered: a program may use any number
  /// of them in its time, one for each of its users' keys, say.
  static constexpr std::chrono::minutes memory{10};
  using key_type = connection_pool;
  inline static boost::asio::execution_context::id id;

  explicit connection_pool(boost::asio::execution_context& context);

  static connection_pool& of(const boost::asio::any_io_executor& executor);

  /// For one attempt of a call to `to` that is not counted as in flight.
  std::unique_ptr<connection_request> request(const endpoint& to, const pool_limits& limits);
  /// Closes the idle connections that are too old, and forgets endpoints that nobody has used for long. Each
  /// lease and return does so; it is done once a second at most.
  void sweep(endpoint_pool::clock::time_point now);
  void close_idle();
  /// Keeps the `most` idle connections of each endpoint that were used last.
  void keep_at_most(std::size_t most);
  /// Several of one name where its TLS settings or proxies are several, and one for those that are forgotten.
  std::vector<endpoint_counts> snapshot() const;
  /// Refuses new calls until `resume`, and waits until those under way have ended; how many have not when
  /// `deadline` comes. Idle connections are closed.
  static awaitable<std::size_t> drain(std::shared_ptr<pool_state> pool,
                                      std::chrono::steady_clock::time_point deadline);
  void resume();
  const std::shared_ptr<pool_state>& state() const noexcept { return state_; }

 private:
  void shutdown() override;

  std::shared_ptr<pool_state> state_;
};

}  // namespace corochain::transport
