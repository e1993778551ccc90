// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "testing/certificates.hpp"

namespace corochain::test {

/// The server's side of one connection, plain or TLS. Its blocking reads and writes end when the test ends.
class raw_connection {
 public:
  using tcp = boost::asio::ip::tcp;
  raw_connection(tcp::socket socket, boost::asio::ssl::context* tls) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    // Otherwise a reset may discard earlier writes.
    socket_.set_option(tcp::no_delay(true), ignored);
    if (tls) tls_ = std::make_unique<boost::asio::ssl::stream<tcp::socket&>>(socket_, *tls);
  }

  tcp::socket& socket() { return socket_; }
  bool shake_hands() {
    if (!tls_) return true;
    boost::system::error_code error;
    tls_->handshake(boost::asio::ssl::stream_base::server, error);
    return !error;
  }
  /// Reads the available bytes. Empty at the end.
  std::string read_some() {
    std::string piece(16 * 1024, '\0');
    boost::system::error_code error;
    const auto target = boost::asio::buffer(piece);
    piece.resize(tls_ ? tls_->read_some(target, error) : socket_.read_some(target, error));
    return piece;
  }
  /// Reads up to the end of a head, and the bytes that arrived with it. Empty when the client has left.
  std::string read_head() {
    std::string all = std::exchange(ahead_, {});
    while (all.find("\r\n\r\n") == std::string::npos) {
      const std::string piece = read_some();
      if (piece.empty()) return {};
      all += piece;
    }
    return all;
  }
  /// Reads a whole request with a Content-Length. Empty when the client has left.
  std::string read_request() {
    std::string all = read_head();
    if (all.empty()) return {};
    const std::size_t body = all.find("\r\n\r\n") + 4;
    const std::size_t at = all.find("Content-Length: ");
    const std::size_t size = body + (at == std::string::npos ? 0 : std::stoul(all.substr(at + 16)));
    while (all.size() < size) {
      const std::string piece = read_some();
      if (piece.empty()) return {};
      all += piece;
    }
    ahead_ = all.substr(size);
    all.resize(size);
    return all;
  }
  bool write(std::string_view bytes) {
    boost::system::error_code error;
    while (!bytes.empty() && !error) {
      const auto source = boost::asio::buffer(bytes);
      bytes.remove_prefix(tls_ ? tls_->write_some(source, error) : socket_.write_some(source, error));
    }
    return !error;
  }
  void wait_for_end() {
    while (!read_some().empty()) {
    }
  }
  /// Sends the end of the TCP stream, without close_notify under TLS.
  void end() { ::shutdown(socket_.native_handle(), SHUT_WR); }
  /// With `hold`, the system collects all writes. Without it, the system sends them.
  void hold_segments(bool hold) {
    const int corked = hold ? 1 : 0;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &corked, sizeof corked);
  }
  SSL* tls() { return tls_ ? tls_->native_handle() : nullptr; }
  /// Ends with a reset, directly after the written bytes.
  void reset() {
    boost::system::error_code ignored;
    hold_segments(false);
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }
  /// Sends close_notify, and does not wait for the client's.
  void say_goodbye() {
    if (!tls_) return;
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    tls_->shutdown(ignored);
    socket_.non_blocking(false, ignored);
  }

 private:
  tcp::socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<tcp::socket&>> tls_;
  std::string ahead_;
};

/// The TLS settings of a raw server.
struct raw_tls {
  raw_tls()
      : issued(testing::detail::issue_certificates(testing::MockServerOptions::Certificate::valid,
                                                   "127.0.0.1")) {}
  explicit raw_tls(testing::detail::server_certificates shown) : issued(std::move(shown)) {}
  testing::detail::server_certificates issued;
  /// Changes the settings, if it is set.
  std::function<void(SSL_CTX*)> change;
};

/// Serves each connection on a thread of its own with a function of the test. For behaviour that a correct
/// server does not have. The function gets the number of the connection, from 0. The destructor shuts all
/// connections down.
class raw_server {
 public:
  using tcp = boost::asio::ip::tcp;
  using script = std::function<void(raw_connection&, std::size_t number)>;

  explicit raw_server(script serve, bool tls = false, const char* address = "127.0.0.1")
      : raw_server(std::move(serve), tls ? std::make_optional<raw_tls>() : std::nullopt, address) {}
  raw_server(script serve, const std::optional<raw_tls>& tls, const char* address = "127.0.0.1")
      : serve_(std::move(serve)), acceptor_(context_, {boost::asio::ip::make_address(address), 0}) {
    if (tls) {
      issued_ = tls->issued;
      tls_ = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
      tls_->use_certificate_chain(boost::asio::buffer(issued_.certificate));
      tls_->use_private_key(boost::asio::buffer(issued_.private_key), boost::asio::ssl::context::pem);
      if (tls->change) tls->change(tls_->native_handle());
    }
    port_ = acceptor_.local_endpoint().port();
    accepting_ = std::thread([this] { accept(); });
  }
  ~raw_server() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      for (const int open : open_) ::shutdown(open, SHUT_RDWR);
    }
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    accepting_.join();
    for (auto& each : serving_) each.join();
  }
  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;

  unsigned short port() const { return port_; }
  std::string endpoint() const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
  }
  std::string ca_pem() const { return tls_ ? issued_.ca : std::string(); }
  std::size_t connections() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
  }

 private:
  void accept() {
    for (;;) {
      boost::system::error_code error;
      tcp::socket socket = acceptor_.accept(error);
      const std::lock_guard lock(mutex_);
      if (error || stopped_) return;
      const std::size_t number = accepted_++;
      const int descriptor = socket.native_handle();
      open_.insert(descriptor);
      serving_.emplace_back(
          [this, number, descriptor, held = std::make_shared<tcp::socket>(std::move(socket))] {
            {
              raw_connection connection(std::move(*held), tls_.get());
              if (connection.shake_hands()) serve_(connection, number);
              const std::lock_guard at_end(mutex_);
              // Before the system reuses the number.
              open_.erase(descriptor);
            }
          });
    }
  }

  script serve_;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
  testing::detail::server_certificates issued_;
  unsigned short port_ = 0;
  mutable std::mutex mutex_;
  bool stopped_ = false;
  std::size_t accepted_ = 0;
  std::set<int> open_;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

/// A whole answer with a chat completion with this text.
inline std::string http_answer(const std::string& text, const std::string& more_headers = "") {
  const std::string body =
      R"({"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":")" + text +
      R"("}}]})";
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + more_headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace corochain::test
