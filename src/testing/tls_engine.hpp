// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "testing/certificates.hpp"
#include "testing/openssl_pointer.hpp"

namespace corochain::testing::detail {

// Makes the context that all TLS connections of a server share: certificate, TLS 1.2 at least, session
// tickets.
openssl_pointer<SSL_CTX> make_tls_context(const server_certificates& certificates);

// The server's side of one TLS connection, without a socket: bytes in, bytes out.
//
// It is not an asio::ssl::stream for two reasons. That adds four buffers of 17 kB to each connection, which
// is too much when a test holds thousands; with this class a connection takes less than 20 kB in all. And it
// cannot send a close_notify without waiting for the peer's.
class tls_engine {
 public:
  enum class state { open, closed, failed };

  // Begins the server's side of a handshake. Throws std::runtime_error if OpenSSL has no memory.
  explicit tls_engine(SSL_CTX* context);

  // Takes bytes from the client and appends the decrypted bytes to `plain`. Returns `closed` once the client
  // has sent close_notify. Bytes to be sent in response (handshake, alerts) wait in take_output().
  state receive(std::string_view from_client, std::string& plain);

  // Encrypts; the handshake must be over.
  void send(std::string_view plain);

  // Tells the client that no more bytes will be sent.
  void close_notify();

  // Removes and returns the bytes to send to the client.
  std::string take_output();

  bool handshake_done() const { return handshake_done_; }
  // True if the client continued the session of an earlier connection. Known when the handshake is over.
  bool resumed() const;

 private:
  // The state after a call of OpenSSL that did not succeed.
  state outcome(int result);

  openssl_pointer<SSL> connection_;
  // Both are owned by connection_.
  // Memory buffers: bytes from the client that OpenSSL has not read, and bytes for the client.
  BIO* input_ = nullptr;
  BIO* output_ = nullptr;
  bool handshake_done_ = false;
};

}  // namespace corochain::testing::detail
