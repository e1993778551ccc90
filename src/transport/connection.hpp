// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "transport/endpoint.hpp"

namespace corochain::transport {

/// One connection to one endpoint, plain or TLS, with its input buffer. Used by one call at a time.
class connection {
 public:
  using clock = std::chrono::steady_clock;
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::any_io_executor>;
  using tls_type = boost::asio::ssl::stream<socket_type&>;

  connection(const boost::asio::any_io_executor& executor, std::shared_ptr<const endpoint> to);

  socket_type& socket() noexcept { return socket_; }
  /// Null for plain HTTP.
  tls_type* tls() noexcept { return tls_ ? &*tls_ : nullptr; }
  boost::beast::flat_buffer& buffer() noexcept { return buffer_; }

  /// Sets what the handshake verifies: the host's name, or its address; and names the host to the server (SNI) if it
  /// is a name.
  void expect_host();
  /// Closes the descriptor at once; pending operations end as aborted.
  void abort() noexcept;
  /// Whether nothing that was received is left unread, neither plain nor as a TLS record. No system call.
  bool drained() noexcept;
  /// Whether an idle connection still looks open with nothing unread. Asks the system without blocking.
  bool quiet() noexcept;

  clock::time_point born = clock::now();
  clock::time_point idle_since{};
  std::chrono::seconds keep_alive{0};  ///< the server's `Keep-Alive: timeout=`, 0 when it named none

 private:
  std::shared_ptr<const endpoint> to_;  // keeps the TLS context
  socket_type socket_;
  std::optional<tls_type> tls_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace corochain::transport
