// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/connection.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace corochain::transport {

connection::connection(const boost::asio::any_io_executor& executor, std::shared_ptr<const endpoint> to)
    : to_(std::move(to)), socket_(executor) {
  buffer_.reserve(4096);  // one read for the usual answer; Beast's default of 512 bytes would make several
  if (to_->tls) tls_.emplace(socket_, to_->tls->context);
}

void connection::expect_host() {
  SSL* const native = tls_->native_handle();
  X509_VERIFY_PARAM* const expected = SSL_get0_param(native);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set = to_->host_is_address ? X509_VERIFY_PARAM_set1_ip_asc(expected, to_->host.c_str()) == 1
                                        : SSL_set1_host(native, to_->host.c_str()) == 1 &&
                                              SSL_set_tlsext_host_name(native, to_->host.c_str()) == 1;
  if (!set) throw std::bad_alloc();  // the host was validated before: only memory can be short
}

void connection::abort() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool connection::drained() noexcept {
  if (buffer_.size() != 0) return false;
  if (!tls_) return true;
  // A record that came in one segment with the answer's last one lies behind the socket, where a peek at that does not
  // see it. Tickets are taken in by this; application data, a close_notify or an error are doubt.
  char byte;
  ERR_clear_error();
  const int result = SSL_peek(tls_->native_handle(), &byte, 1);
  const bool nothing = result <= 0 && SSL_get_error(tls_->native_handle(), result) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return nothing;
}

bool connection::quiet() noexcept {
  if (!socket_.is_open() || !drained()) return false;
  char byte;
  const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace corochain::transport
