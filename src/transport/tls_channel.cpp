// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/tls_channel.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <climits>
#include <cstring>
#include <new>

namespace corochain::transport {
namespace asio = boost::asio;
using error_code = boost::system::error_code;

tls_channel::tls_channel(SSL_CTX* context, int socket) : ssl_(SSL_new(context)), socket_(socket) {
  BIO* const bio = ssl_ ? BIO_new(method()) : nullptr;
  if (!bio) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  // A retried write may come from another address, since a body is not copied, and may end after one record.
  // Idle connections release their 34 KB of buffers.
  SSL_set_mode(
      ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_set_connect_state(ssl_);
}

tls_channel::~tls_channel() {
  // Freed without a shutdown, the session would count as bad and could not be resumed.
  if (SSL_is_init_finished(ssl_) && !dead_) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
  ERR_clear_error();
}

BIO_METHOD* tls_channel::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* const fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "corochain");
    if (!fresh) throw std::bad_alloc();
    BIO_meth_set_read(fresh, &bio_read);
    BIO_meth_set_write(fresh, &bio_write);
    BIO_meth_set_ctrl(fresh, &control);
    return fresh;
  }();
  return made;
}

long tls_channel::control(BIO* bio, int command, long, void*) {
  const auto& self = *static_cast<const tls_channel*>(BIO_get_data(bio));
  switch (command) {
    // The handshake stalls otherwise.
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_EOF: return self.eof_ && self.in_ == self.end_ ? 1 : 0;
    case BIO_CTRL_PENDING: return static_cast<long>(self.end_ - self.in_);
    default: return 0;
  }
}

int tls_channel::bio_read(BIO* bio, char* to, int size) {
  auto& self = *static_cast<tls_channel*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self.in_ == self.end_) {
    if (self.eof_) return 0;
    if (self.drained_) {
      BIO_set_retry_read(bio);
      return -1;
    }
    if (!self.block_.acquire()) {
      self.system_error_ = ENOMEM;
      return -1;
    }
    ssize_t count;
    do count = ::recv(self.socket_, self.block_.data(), block_size, MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    if (count <= 0) {
      const int problem = errno;
      self.release();
      if (count == 0) {
        self.eof_ = true;
        return 0;
      }
      if (problem == EAGAIN || problem == EWOULDBLOCK) {
        self.drained_ = true;
        BIO_set_retry_read(bio);
      } else {
        self.system_error_ = problem;
      }
      return -1;
    }
    self.drained_ = static_cast<std::size_t>(count) < block_size;
    self.in_ = self.block_.data();
    self.end_ = self.in_ + count;
  }
  const auto count = std::min<std::ptrdiff_t>(size, self.end_ - self.in_);
  std::memcpy(to, self.in_, static_cast<std::size_t>(count));
  self.in_ += count;
  if (self.in_ == self.end_) self.release();
  return static_cast<int>(count);
}

int tls_channel::bio_write(BIO* bio, const char* from, int size) {
  auto& self = *static_cast<tls_channel*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t count;
  do count = ::send(self.socket_, from, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  while (count < 0 && errno == EINTR);
  if (count >= 0) {
    self.handed_over_ += static_cast<std::uint64_t>(count);
    return static_cast<int>(count);
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    BIO_set_retry_write(bio);
  else
    self.system_error_ = errno;
  return -1;
}

void tls_channel::forget_errors() noexcept {
  ERR_clear_error();
  system_error_ = 0;
}

void tls_channel::release() noexcept {
  in_ = end_ = nullptr;
  block_.release();
}

error_code tls_channel::error_of(int code) const noexcept {
  const unsigned long queued = ERR_peek_error();
  if (code == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  if (system_error_ != 0) return error_code(system_error_, boost::system::system_category());
  const bool bare_end = ERR_GET_LIB(queued) == ERR_LIB_SSL &&
                        // Since OpenSSL 3.0.
                        ERR_GET_REASON(queued) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (eof_ && (code == SSL_ERROR_SYSCALL || bare_end)) return asio::ssl::error::stream_truncated;
  if (queued != 0) return error_code(static_cast<int>(queued), asio::error::get_ssl_category());
  return asio::ssl::error::unspecified_system_error;
}

io_step tls_channel::fail(const error_code& error) noexcept {
  // After an announced end our own close_notify may still be sent.
  if (error != asio::error::eof) dead_ = true;
  release();
  ERR_clear_error();
  return {io_step::state::failed, 0, error};
}

/// SSL_get_error looks at the thread's queue of errors. Call it right after the operation; the queue was
/// empty before that.
io_step tls_channel::judge(int result, std::size_t bytes) noexcept {
  if (result > 0) return {io_step::state::done, bytes, {}};
  const int code = SSL_get_error(ssl_, result);
  if (code == SSL_ERROR_WANT_READ) return {io_step::state::want_read, 0, {}};
  if (code == SSL_ERROR_WANT_WRITE) return {io_step::state::want_write, 0, {}};
  return fail(error_of(code));
}

io_step tls_channel::handshake() noexcept {
  if (dead_) return {io_step::state::failed, 0, asio::error::operation_aborted};
  forget_errors();
  return judge(SSL_do_handshake(ssl_), 0);
}

io_step tls_channel::read(char* to, std::size_t size) noexcept {
  if (dead_) return {io_step::state::failed, 0, asio::error::operation_aborted};
  if (later_) return fail(later_);
  forget_errors();
  std::size_t bytes = 0;
  int result;
  // SSL_read returns one record at most.
  do {
    const auto most = static_cast<int>(std::min<std::size_t>(size - bytes, INT_MAX));
    result = SSL_read(ssl_, to + bytes, most);
    if (result > 0) bytes += static_cast<std::size_t>(result);
  } while (result > 0 && bytes < size && (in_ != end_ || SSL_pending(ssl_) > 0 || !drained_));
  if (result > 0 || bytes == 0) return judge(result, bytes);
  const int code = SSL_get_error(ssl_, result);
  if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) later_ = error_of(code);
  ERR_clear_error();
  return {io_step::state::done, bytes, {}};
}

io_step tls_channel::write(const char* from, std::size_t size) noexcept {
  if (dead_ || mute_) return {io_step::state::failed, 0, asio::error::operation_aborted};
  forget_errors();
  const int result = SSL_write(ssl_, from, static_cast<int>(std::min<std::size_t>(size, INT_MAX)));
  if (result <= 0 && system_error_ != 0 && SSL_get_error(ssl_, result) == SSL_ERROR_SYSCALL) {
    // The peer may have answered before it closed. That answer can still be read, so the channel is not dead.
    mute_ = true;
    ERR_clear_error();
    return {io_step::state::failed, 0, error_code(system_error_, boost::system::system_category())};
  }
  return judge(result, result > 0 ? static_cast<std::size_t>(result) : 0);
}

void tls_channel::say_goodbye() noexcept {
  if (dead_ || mute_ || !SSL_is_init_finished(ssl_)) return;
  forget_errors();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

bool tls_channel::drained(bool ask_socket) noexcept {
  if (dead_ || mute_ || later_) return false;
  // Most responses end with the bytes that came. Looking at the next record would need the buffers that
  // OpenSSL has released.
  if (!ask_socket && drained_ && in_ == end_ && SSL_has_pending(ssl_) == 0) return !eof_;
  char byte;
  forget_errors();
  if (ask_socket) drained_ = false;
  const int result = SSL_peek(ssl_, &byte, 1);
  const bool nothing = result <= 0 && SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return nothing;
}

}  // namespace corochain::transport
