// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>

#include "transport/ciphertext_blocks.hpp"

namespace corochain::transport {

/// The result of an attempt that does not block.
struct io_step {
  /// `want_read` and `want_write`: nothing was done, and nothing can be done until the socket is in that
  /// state. TLS may want to read in order to write, and the other way round.
  enum class state { done, want_read, want_write, failed };
  state how = state::done;
  /// The bytes that a read or write, if it is done, has read or written.
  std::size_t bytes = 0;
  /// The error, if the attempt failed.
  boost::system::error_code error{};
};

/// The client's side of TLS over a socket, without waiting: each function does as much as it can at once and
/// returns which state of the socket it needs for more.
///
/// It replaces `asio::ssl::stream`. OpenSSL reads through a BIO of ours: one `recv` takes all that is there
/// into a block that is lent only while it holds bytes, and OpenSSL's output goes straight to `send`. So a
/// waiting connection holds no buffer. Used by one call at a time.
class tls_channel {
 public:
  /// A channel over `socket`, which is not owned. Throws `std::bad_alloc` when OpenSSL cannot make it.
  tls_channel(SSL_CTX* context, int socket);
  ~tls_channel();
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  SSL* native() noexcept { return ssl_; }

  /// Goes on with the handshake.
  io_step handshake() noexcept;
  /// Reads until `size` bytes are there or nothing more is. `boost::asio::error::eof` is an end that the peer
  /// announced, `stream_truncated` one that it did not.
  io_step read(char* to, std::size_t size) noexcept;
  /// Writes one record at most. `bytes` is the part of `size` that was written. A repeated attempt must
  /// present the same bytes.
  io_step write(const char* from, std::size_t size) noexcept;
  /// The number of bytes that the system has taken, records of the handshake included.
  std::uint64_t handed_over() const noexcept { return handed_over_; }
  /// Sends close_notify as far as that is possible without waiting.
  void say_goodbye() noexcept;
  /// Call it when the socket was found readable.
  void readable() noexcept { drained_ = false; }
  /// Whether a read may return bytes before the socket becomes readable.
  bool pending() const noexcept { return in_ != end_ || eof_ || SSL_has_pending(ssl_) == 1; }
  /// Whether all received bytes were read. The check processes tickets and the like, and leaves application
  /// data, an end or an error unread. It asks the socket only if `ask_socket`, or if the last `recv` filled
  /// its block.
  bool drained(bool ask_socket) noexcept;

 private:
  // OpenSSL calls these to read and write the socket. The four functions of a BIO have no object: it is the
  // BIO's data.
  static BIO_METHOD* method();
  static long control(BIO* bio, int command, long, void*);
  static int bio_read(BIO* bio, char* to, int size);
  static int bio_write(BIO* bio, const char* from, int size);

  /// Empties the thread's queue of errors and the last error of the system. OpenSSL's functions report what
  /// stands there, whoever left it.
  void forget_errors() noexcept;
  /// Returns the block.
  void release() noexcept;
  io_step judge(int result, std::size_t bytes) noexcept;
  /// The error that OpenSSL's code, the system's error and the queue of errors mean together.
  boost::system::error_code error_of(int code) const noexcept;
  /// Ends the use of the channel with an error.
  io_step fail(const boost::system::error_code& error) noexcept;

  // Owned.
  SSL* ssl_;
  const int socket_;
  // Holds received ciphertext, while there is some that OpenSSL has not taken. `in_` to `end_` is the rest.
  block_lease block_;
  const char* in_ = nullptr;
  const char* end_ = nullptr;
  // The error that was met after some bytes had been read. The next read reports it.
  boost::system::error_code later_;
  // The `errno` of the last operation on the socket that failed, else 0.
  int system_error_ = 0;
  std::uint64_t handed_over_ = 0;
  // The other side sends no more.
  bool eof_ = false;
  // The socket was empty: asking again is useless before it is readable.
  bool drained_ = false;
  // Nothing can be sent any more.
  bool mute_ = false;
  // The channel has failed. OpenSSL forbids further use.
  bool dead_ = false;
};

}  // namespace corochain::transport
