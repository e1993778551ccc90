// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/ssl.h>
#include <memory>
#include <string>
#include <string_view>

#include "testing/certificates.hpp"

namespace corochain::testing::detail {

struct tls_context_release {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using tls_context = std::unique_ptr<SSL_CTX, tls_context_release>;

// Makes what all TLS connections of a server share: certificate, TLS 1.2 at least, session tickets.
tls_context make_tls_context(const server_certificates& certificates);

// The server's side of one TLS connection, without a socket: bytes in, bytes out.
//
// Not asio::ssl::stream: that adds four buffers of 17 kB to each connection, which counts when a test holds
// thousands (this way a connection takes less than 20 kB all told), and it cannot send a close_notify without
// waiting for the peer's.
class tls_engine {
 public:
  enum class state { open, closed, failed };

  explicit tls_engine(SSL_CTX* context);

  // Takes bytes from the client and appends what they decrypt to; `closed` once the client has said close_notify.
  // What is to be sent because of them (handshake, alerts) waits in take_output().
  state receive(std::string_view from_client, std::string& plain);

  // Encrypts; the handshake must be over.
  void send(std::string_view plain);

  // Says that no more will be sent.
  void close_notify();

  // Returns the bytes to send to the client, and forgets them.
  std::string take_output();

  bool handshake_done() const { return handshake_done_; }
  bool resumed() const;

 private:
  struct release {
    void operator()(SSL* connection) const { SSL_free(connection); }
  };

  state outcome(int result);

  std::unique_ptr<SSL, release> connection_;
  BIO* input_ = nullptr;   // owned by connection_
  BIO* output_ = nullptr;  // owned by connection_
  bool handshake_done_ = false;
};

}  // namespace corochain::testing::detail
