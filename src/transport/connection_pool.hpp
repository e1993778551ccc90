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
#include "transport/lane.hpp"

namespace corochain::transport {

class connection_pool;

/// What the calls of one execution context share; outlives the context where a call does.
struct pool_state;
/// What these know of one endpoint.
struct known_endpoint;

/// A call under way, from its wait for a connection until its answer was read or given up.
class pooled_call {
 public:
  pooled_call(std::shared_ptr<pool_state> pool, std::shared_ptr<lane> on, const pool_limits& limits);
  ~pooled_call();
  pooled_call(const pooled_call&) = delete;
  pooled_call& operator=(const pooled_call&) = delete;

  /// A connection, kept-alive or to be opened; to be opened only if `fresh`: granted at once, or the wait for it.
  std::shared_ptr<lane_wait> begin(bool fresh, grant& given);
  /// Keeps a connection whose answer was read to its end for the next call.
  void give_back(std::unique_ptr<connection> kept);

 private:
  std::shared_ptr<pool_state> pool_;
  std::shared_ptr<lane> lane_;
  pool_limits limits_;
  bool waited_ = false;
};

/// A call from its beginning to its end, its waits between attempts included: what a drain waits for.
class pool_guest {
 public:
  /// Throws `ConnectError` while the pool is drained.
  pool_guest(std::shared_ptr<pool_state> pool, const endpoint& to);
  ~pool_guest();
  pool_guest(const pool_guest&) = delete;
  pool_guest& operator=(const pool_guest&) = delete;

  /// One of its attempts.
  std::unique_ptr<pooled_call> attempt(const pool_limits& limits) const;
  /// The call goes over the wire once more; its endpoint asked all callers to pause.
  void count_retry() noexcept;
  void count_pause() noexcept;

 private:
  std::shared_ptr<pool_state> pool_;
  std::shared_ptr<known_endpoint> of_;
};

/// What is known of one endpoint's connections and calls in one execution context.
struct endpoint_counts {
  std::string name;  ///< "https://host:port"
  lane_counts connections;
  std::uint64_t retries = 0;
  std::uint64_t pauses = 0;
};

/// The connections of one execution context, by endpoint. Safe from any thread.
class connection_pool final : public boost::asio::execution_context::service {
 public:
  /// How long an endpoint without a connection and without a call is remembered: a program may use any number of them
  /// in its time, one for each of its users' keys, say.
  static constexpr std::chrono::minutes memory{10};
  using key_type = connection_pool;
  inline static boost::asio::execution_context::id id;

  explicit connection_pool(boost::asio::execution_context& context);

  static connection_pool& of(const boost::asio::any_io_executor& executor);

  /// One attempt of a call to `to`.
  std::unique_ptr<pooled_call> call(const endpoint& to, const pool_limits& limits);
  /// Closes the idle connections that are too old, and forgets endpoints that nobody has used for long. Each lease and
  /// return does so; it is done once a second at most.
  void sweep(lane::clock::time_point now);
  void close_idle();
  /// Keeps the `most` idle connections of each endpoint that were used last.
  void keep_at_most(std::size_t most);
  /// Several of one name where its TLS settings or proxies are several, and one for those that are forgotten.
  std::vector<endpoint_counts> snapshot() const;
  /// Refuses new guests until `resume`, and waits until those under way have ended; how many have not when `deadline`
  /// comes. Idle connections are closed.
  static awaitable<std::size_t> drain(std::shared_ptr<pool_state> pool,
                                      std::chrono::steady_clock::time_point deadline);
  void resume();
  const std::shared_ptr<pool_state>& state() const noexcept { return state_; }

 private:
  void shutdown() override;

  std::shared_ptr<pool_state> state_;
};

}  // namespace corochain::transport
