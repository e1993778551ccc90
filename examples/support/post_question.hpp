// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <iostream>

namespace example {

/// Asks a service on this machine one question, as `curl -d` would, shows the answer, and ends the service by
/// SIGTERM. Does nothing without a port.
inline void post_question(unsigned short port) {
  namespace http = boost::beast::http;
  using boost::asio::ip::tcp;
  if (port == 0) return;
  try {
    boost::asio::io_context loop;
    tcp::socket socket(loop);
    socket.connect({boost::asio::ip::address_v4::loopback(), port});
    http::request<http::string_body> request(http::verb::post, "/ask", 11, "What are server-sent events?");
    request.prepare_payload();
    http::write(socket, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(socket, buffer, response);
    std::cout << response.result_int() << '\n' << response.body();
  } catch (const std::exception& error) {
    std::cerr << "the service did not answer: " << error.what() << '\n';
  }
  std::raise(SIGTERM);
}

}  // namespace example
