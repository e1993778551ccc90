// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/tls_engine.hpp"

#include <openssl/pem.h>
#include <algorithm>
#include <array>
#include <limits>

// TLS between two memory buffers of OpenSSL: session.cpp puts in what the socket has read and takes out what
// is to be written. ERR_clear_error stands before each call whose result SSL_get_error explains, because old
// errors of the thread would be mistaken for new ones.
namespace corochain::testing::detail {

namespace {

openssl_pointer<BIO> reader_of(const std::string& pem) {
  return openssl_pointer<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// OpenSSL's lengths are int.
// XX
int piece_size(std::string_view bytes) {
  constexpr std::size_t most = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(bytes.size(), most));
}

}  // namespace

openssl_pointer<SSL_CTX> make_tls_context(const server_certificates& certificates) {
  openssl_pointer<SSL_CTX> made(SSL_CTX_new(TLS_server_method()));
  require(made != nullptr, "make a TLS context");
  SSL_CTX* context = made.get();
  // The library's clients have the same minimum.
  require(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1, "set the TLS version");
  // Renegotiation would need reads in the middle of writes.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  // Idle connections give their buffers back: tests hold thousands.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);

  const auto certificate_text = reader_of(certificates.certificate);
  const openssl_pointer<X509> certificate(
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
  require(certificate && SSL_CTX_use_certificate(context, certificate.get()) == 1, "use its certificate");
  const auto key_text = reader_of(certificates.private_key);
  const openssl_pointer<EVP_PKEY> key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  require(key && SSL_CTX_use_PrivateKey(context, key.get()) == 1, "use its private key");

  // Without a session id context a server refuses to resume sessions of clients that show a certificate.
  constexpr std::array<unsigned char, 4> session_id = {'m', 'o', 'c', 'k'};
  require(SSL_CTX_set_session_id_context(context, session_id.data(), session_id.size()) == 1,
          "set the session id context");
  return made;
}

tls_engine::tls_engine(SSL_CTX* context) : connection_(SSL_new(context)) {
  require(connection_ != nullptr, "start TLS");
  // Memory buffers take the place of the socket.
  input_ = BIO_new(BIO_s_mem());
  output_ = BIO_new(BIO_s_mem());
  // Takes ownership of both, and accepts null.
  SSL_set_bio(connection_.get(), input_, output_);
  require(input_ != nullptr && output_ != nullptr, "start TLS");
  SSL_set_accept_state(connection_.get());
}

// May be called with bytes that end anywhere, also within a record.
tls_engine::state tls_engine::receive(std::string_view from_client, std::string& plain) {
  while (!from_client.empty()) {
    const int taken = BIO_write(input_, from_client.data(), piece_size(from_client));
    if (taken <= 0) return state::failed;
    from_client.remove_prefix(static_cast<std::size_t>(taken));
  }
  if (!handshake_done_) {
    ERR_clear_error();
    const int result = SSL_do_handshake(connection_.get());
    if (result != 1) return outcome(result);
    handshake_done_ = true;
  }
  // A buffer of the size of one TLS record. `plain` is not used directly: each of thousands of connections
  // would keep its spare capacity.
  std::array<char, std::size_t{16} * 1024> record;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_read(connection_.get(), record.data(), static_cast<int>(record.size()));
    if (result <= 0) return outcome(result);
    plain.append(record.data(), static_cast<std::size_t>(result));
  }
}

// WANT_READ is the usual end of a loop: OpenSSL needs bytes that have not arrived.
tls_engine::state tls_engine::outcome(int result) {
  const int error = SSL_get_error(connection_.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ) return state::open;
  return error == SSL_ERROR_ZERO_RETURN ? state::closed : state::failed;
}

void tls_engine::send(std::string_view plain) {
  while (!plain.empty()) {
    ERR_clear_error();
    const int sent = SSL_write(connection_.get(), plain.data(), piece_size(plain));
    // A memory buffer is never full, so this is an error.
    if (sent <= 0) throw_openssl_error("encrypt");
    plain.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// OpenSSL refuses a close_notify during a handshake.
void tls_engine::close_notify() {
  if (!handshake_done_) return;
  ERR_clear_error();
  // Writes the alert. It does not wait for the client's, which may never come.
  SSL_shutdown(connection_.get());
  ERR_clear_error();
}

std::string tls_engine::take_output() {
  // All that is waiting, in one string: it is one write on the socket.
  std::string bytes(BIO_ctrl_pending(output_), '\0');
  if (bytes.empty()) return bytes;
  const int taken = BIO_read(output_, bytes.data(), piece_size(bytes));
  bytes.resize(static_cast<std::size_t>(std::max(taken, 0)));
  return bytes;
}

bool tls_engine::resumed() const { return SSL_session_reused(connection_.get()) == 1; }

}  // namespace corochain::testing::detail
