// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "corochain/testing/mock_server.hpp"

namespace mock_server_tests {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

// Long enough for a loaded machine. A test that waits so long has failed.
constexpr auto patience = 30s;

inline const std::string azure_path = "/openai/deployments/gpt-mock/chat/completions?api-version=2024-10-21";

inline std::string question(std::string_view text) {
  return R"({"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":")" +
         std::string(text) + R"("}]})";
}

struct answer {
  error_code error;
  http::response<http::string_body> message;  // what had arrived, if there was an error

  std::string header(std::string_view name) const { return std::string(message[name]); }
};

// One connection of a client that knows nothing of corochain: Beast on a blocking socket. Over TLS it
// verifies chain and name.
class blocking_client {
 public:
  explicit blocking_client(const corochain::testing::MockServer& server, SSL_SESSION* session = nullptr,
                           void (*configure)(SSL_CTX*) = nullptr)
      : tls_(server.endpoint().starts_with("https:")) {
    context_.set_verify_mode(asio::ssl::verify_peer);
    if (tls_) context_.add_certificate_authority(asio::buffer(server.ca_pem()));
    if (configure != nullptr) configure(context_.native_handle());
    stream_.emplace(io_, context_);
    const char* address = server.endpoint().find('[') == std::string::npos ? "127.0.0.1" : "::1";
    socket().connect({asio::ip::make_address(address), server.port()});
    if (!tls_) return;
    if (session != nullptr) SSL_set_session(stream_->native_handle(), session);
    stream_->set_verify_callback(asio::ssl::host_name_verification(address));
    stream_->handshake(asio::ssl::stream_base::client, handshake_error);
  }

  void send(const std::string& target, const std::string& body, http::verb verb = http::verb::post) {
    http::request<http::string_body> request(verb, target, 11, body);
    request.set(http::field::host, "127.0.0.1");
    request.prepare_payload();
    error_code error;
    tls_ ? http::write(*stream_, request, error) : http::write(socket(), request, error);
    ASSERT_FALSE(error) << error.message();
  }

  answer read() {
    http::response_parser<http::string_body> parser;
    answer got;
    tls_ ? http::read(*stream_, buffer_, parser, got.error)
         : http::read(socket(), buffer_, parser, got.error);
    got.message = parser.release();
    return got;
  }

  answer ask(std::string_view text) {
    send(azure_path, question(text));
    return read();
  }

  // Reads an answer until `size` bytes of its body have arrived, and returns them.
  std::string read_body_piece(std::size_t size) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    error_code error;
    while (!error && parser.get().body().size() < size) {
      tls_ ? http::read_some(*stream_, buffer_, parser, error)
           : http::read_some(socket(), buffer_, parser, error);
    }
    return parser.get().body();
  }

  // Over TLS: sends close_notify and waits until the server closes.
  void shut_down() {
    error_code ignored;
    stream_->shutdown(ignored);
  }

  void send_bytes(std::string_view bytes) {
    tls_ ? asio::write(*stream_, asio::buffer(bytes)) : asio::write(socket(), asio::buffer(bytes));
  }

  // Reads until the server closes, and returns the error of the read.
  error_code read_end() {
    char bytes[256];
    error_code error;
    while (!error) {
      tls_ ? stream_->read_some(asio::buffer(bytes), error) : socket().read_some(asio::buffer(bytes), error);
    }
    return error;
  }

  // Reads until the text holds `last`, or the connection ends.
  std::string read_text_until(std::string_view last) {
    std::string text;
    char bytes[256];
    error_code error;
    while (!error && text.find(last) == std::string::npos) {
      const auto target = asio::buffer(bytes);
      const std::size_t size = tls_ ? stream_->read_some(target, error) : socket().read_some(target, error);
      text.append(bytes, size);
    }
    return text;
  }

  tcp::socket& socket() { return stream_->next_layer(); }
  SSL* native_tls() { return stream_->native_handle(); }

  error_code handshake_error;

 private:
  bool tls_;
  asio::io_context io_;
  asio::ssl::context context_{asio::ssl::context::tls_client};
  std::optional<asio::ssl::stream<tcp::socket>> stream_;
  beast::flat_buffer buffer_;
};

}  // namespace mock_server_tests
