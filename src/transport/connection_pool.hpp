// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "transport/connection.hpp"

namespace corochain::transport {

/// The idle connections of one execution context, by endpoint. An idle connection has no operation and no timer, so it
/// keeps no loop running; its age is looked at when somebody takes or gives one.
class connection_pool final : public boost::asio::execution_context::service {
 public:
  using key_type = connection_pool;
  inline static boost::asio::execution_context::id id;

  static constexpr std::chrono::seconds idle_timeout{90};
  static constexpr std::chrono::minutes max_age{10};

  explicit connection_pool(boost::asio::execution_context& context);

  static connection_pool& of(const boost::asio::any_io_executor& executor);

  /// The connection that was used last and is still sound, or null.
  std::unique_ptr<connection> take(const std::string& endpoint_key);
  /// Keeps a connection whose answer was read to its end. After the context's shutdown it is closed instead.
  void give(const std::string& endpoint_key, std::unique_ptr<connection> idle);
  /// Closes all idle connections.
  void close_idle();

 private:
  using idle_list = std::vector<std::unique_ptr<connection>>;

  void shutdown() override;
  /// Moves what is too old out of all lists, at most once a second, to be destroyed without the lock.
  void sweep(connection::clock::time_point now, idle_list& expired);
  static bool too_old(const connection& idle, connection::clock::time_point now) noexcept;

  std::mutex mutex_;
  std::map<std::string, idle_list> idle_;
  connection::clock::time_point swept_{};
  bool closed_ = false;
};

}  // namespace corochain::transport
