// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "transport/endpoint_pool.hpp"

namespace corochain::transport {

/// The counts of one endpoint's connections and calls in one execution context.
struct endpoint_counts {
  /// The origin, as "https://host:port". Several endpoints share it if their TLS settings or proxies differ.
  std::string name;
  connection_counts connections;
  /// Attempts after failed ones.
  std::uint64_t retries = 0;
  /// Pauses that the endpoint asked all its callers for.
  std::uint64_t pauses = 0;
};

/// The state of one endpoint that the calls of one execution context share.
struct known_endpoint;

/// The state that the calls of one execution context share. It outlives the context if a call does. Safe from
/// any thread.
struct pool_state : std::enable_shared_from_this<pool_state> {
  using clock = endpoint_pool::clock;

  /// Returns what is known of an endpoint, which counts as used from then on. Call it with the lock held.
  const std::shared_ptr<known_endpoint>& at(const endpoint& to);
  /// Closes the idle connections that are too old, and forgets endpoints that were unused for long. Each
  /// lease and return calls it, so that no timer is outstanding. It does its work once a second at most,
  /// because it visits all endpoints.
  void sweep(clock::time_point now);
  /// Closes all idle connections but the `most` of each endpoint that were used last.
  void keep_at_most(std::size_t most);
  /// The pools of all endpoints, to be used without the lock: closing a connection may call back.
  std::vector<std::shared_ptr<endpoint_pool>> pools();
  /// The current turn of the loop. It ends when a handler runs that is posted now.
  std::uint64_t turn_of(const boost::asio::any_io_executor& executor);

  /// Guards the members up to `drains`. It is never held while a connection is closed or an event fired.
  std::mutex mutex;
  /// By the endpoint's key.
  std::unordered_map<std::string, std::shared_ptr<known_endpoint>> endpoints;
  /// The totals of forgotten endpoints, by name, while an endpoint of that name is known.
  std::unordered_map<std::string, std::shared_ptr<endpoint_counts>> past;
  /// The number of `in_flight_call`s.
  std::size_t in_flight = 0;
  /// Whether new calls are refused, and returned connections closed.
  bool draining = false;
  /// Whether the execution context has ended.
  bool closed = false;
  /// Fired when no calls are left.
  std::vector<std::weak_ptr<detail::async_event>> drains;
  std::atomic<clock::duration> swept{clock::duration::zero()};
  std::atomic<std::uint64_t> turn{1};
  /// Whether the handler that ends the turn is posted.
  std::atomic<bool> turn_marked{false};
};

/// One attempt's use of the pool, from its wait for a connection until its response was read or abandoned. An
/// exchange owns it. While it lives, its endpoint is not forgotten.
class connection_request {
 public:
  /// `limits` live as long as this.
  connection_request(std::shared_ptr<pool_state> state, std::shared_ptr<endpoint_pool> endpoint,
                     const pool_limits& limits);
  ~connection_request();
  connection_request(const connection_request&) = delete;
  connection_request& operator=(const connection_request&) = delete;

  /// Asks for a kept-alive or a new connection; only for a new one if `fresh`. Returns null if `given` holds
  /// it at once, else the wait for it. Called once more if the kept-alive connection turns out to be closed.
  std::shared_ptr<connection_waiter> begin(bool fresh, lease& given);
  /// Keeps a connection for the next call, or closes it if the pool is drained or its limits are reached. Its
  /// response was read to the end.
  void give_back(std::unique_ptr<connection> kept);

 private:
  std::shared_ptr<pool_state> state_;
  std::shared_ptr<endpoint_pool> endpoint_;
  const pool_limits& limits_;
  // Whether it was in the queue, so that its end may let others go on.
  bool waited_ = false;
};

/// A call from its beginning to its end, including its waits between attempts. A drain waits for it. The
/// `model_call` owns it. Requests for tokens have none: the calls that wait for the token are counted.
class in_flight_call {
 public:
  /// Throws `ConnectError` while the pool is drained.
  in_flight_call(std::shared_ptr<pool_state> state, const endpoint& to);
  ~in_flight_call();
  in_flight_call(const in_flight_call&) = delete;
  in_flight_call& operator=(const in_flight_call&) = delete;

  /// Begins one attempt of the call. It needs no look-up of the endpoint.
  std::unique_ptr<connection_request> request(const pool_limits& limits) const;
  /// Counts that the call is sent once more; that its endpoint asked all callers to pause.
  void count_retry() noexcept;
  void count_pause() noexcept;

 private:
  std::shared_ptr<pool_state> state_;
  std::shared_ptr<known_endpoint> of_;
};

/// The connections of one execution context, by endpoint: a service of the context, made when it is first
/// used. A service so that the sockets of a loop are closed with it, and so that loops share no lock.
///
/// Safe from any thread. An object that outlives the context, such as a call in a frame that the context
/// destroys late, holds the `pool_state`, which is closed by then and keeps no connection.
class connection_pool final : public boost::asio::execution_context::service {
 public:
  /// How long an endpoint without a connection and without a call is remembered. A program may use any number
  /// of endpoints over time, such as one for each of its users' keys.
  static constexpr std::chrono::minutes memory{10};
  using key_type = connection_pool;
  inline static boost::asio::execution_context::id id;

  explicit connection_pool(boost::asio::execution_context& context);

  /// The pool of the execution context of `executor`.
  static connection_pool& of(const boost::asio::any_io_executor& executor);

  /// For one attempt of a call to `to` that is not counted as in flight.
  std::unique_ptr<connection_request> request(const endpoint& to, const pool_limits& limits);
  /// Closes all idle connections. Those in use are kept when they come back.
  void close_idle() { state_->keep_at_most(0); }
  /// The counts of all endpoints that are not forgotten. A name has several entries if it is used with
  /// several TLS settings or proxies, and one for its forgotten endpoints.
  std::vector<endpoint_counts> snapshot() const;
  /// Refuses new calls until `resume`, and waits until the calls in flight have ended. Returns how many have
  /// not ended at `deadline`. Idle connections are closed. A cancel of the awaiting coroutine ends the wait
  /// with a `CancelledError`; new calls stay refused.
  static awaitable<std::size_t> drain(std::shared_ptr<pool_state> pool,
                                      std::chrono::steady_clock::time_point deadline);
  /// Takes new calls again.
  void resume();
  const std::shared_ptr<pool_state>& state() const noexcept { return state_; }

 private:
  /// Called at the end of the execution context, while its sockets can still be closed.
  void shutdown() override;

  std::shared_ptr<pool_state> state_;
};

}  // namespace corochain::transport
