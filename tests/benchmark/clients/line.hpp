// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>
#include <type_traits>

#include "support/server_process.hpp"

namespace corochain::benchmark {

using plain_socket = boost::asio::ip::tcp::socket;
using tls_socket = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

/// Empty for plain HTTP: making a context takes as long as the rest of a process with one call.
inline std::optional<boost::asio::ssl::context> floor_tls(const target& to) {
  if (!to.tls) return std::nullopt;
  boost::asio::ssl::context made(boost::asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(made.native_handle(), TLS1_3_VERSION);
  made.set_verify_mode(boost::asio::ssl::verify_peer);
  made.add_certificate_authority(boost::asio::buffer(to.ca_pem));
  return made;
}

/// One connection of the floor, and its one buffer.
template <class Stream>
struct line {
  line(boost::asio::io_context& context, std::optional<boost::asio::ssl::context>& tls, int buffer_size)
      : stream(make(context, tls)) {
    buffer.reserve(static_cast<std::size_t>(buffer_size));
  }

  static Stream make(boost::asio::io_context& context, std::optional<boost::asio::ssl::context>& tls) {
    if constexpr (std::is_same_v<Stream, tls_socket>)
      return Stream(context, *tls);
    else
      return Stream(context);
  }

  boost::asio::awaitable<void> open(const target& to) {
    namespace asio = boost::asio;
    auto& socket = stream.lowest_layer();
    const asio::ip::tcp::endpoint where(asio::ip::address_v4::loopback(), to.port);
    co_await socket.async_connect(where, asio::use_awaitable);
    socket.set_option(asio::ip::tcp::no_delay(true));
    if constexpr (std::is_same_v<Stream, tls_socket>) {
      stream.set_verify_callback(asio::ssl::host_name_verification("127.0.0.1"));
      co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    }
    is_open = true;
  }

  Stream stream;
  boost::beast::flat_buffer buffer;
  bool is_open = false;
};

}  // namespace corochain::benchmark
