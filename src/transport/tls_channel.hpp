// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>

#include "transport/ciphertext_blocks.hpp"

namespace corochain::transport {

/// How far an attempt came that does not block.
struct io_step {
  enum class state { done, want_read, want_write, failed };
  state how = state::done;
  std::size_t bytes = 0;              ///< of a read or write that is done
  boost::system::error_code error{};  ///< of one that failed
};

/// The client's side of TLS over a socket, without waiting: each function goes as far as it gets at once and says what
/// the socket must become for more.
///
/// OpenSSL reads through a BIO of ours: one `recv` takes all that is there into a block that is lent only while it
/// holds something, and what OpenSSL writes goes straight to `send`. A waiting connection so holds no buffer.
/// Used by one call at a time.
class tls_channel {
 public:
  /// Throws `std::bad_alloc` when OpenSSL cannot make it.
  explicit tls_channel(SSL_CTX* context);
  ~tls_channel();
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  /// The socket it works on from now on; not owned.
  void attach(int socket) noexcept { socket_ = socket; }
  SSL* native() noexcept { return ssl_; }

  io_step handshake() noexcept;
  /// Reads until `size` bytes are there or nothing more is. `boost::asio::error::eof` is the end that the peer
  /// announced, `stream_truncated` one that it did not.
  io_step read(char* to, std::size_t size) noexcept;
  /// Writes one record at most; `bytes` says how much of `size`. A repeated attempt must present the same bytes.
  io_step write(const char* from, std::size_t size) noexcept;
  /// How many bytes the system has taken, records of the handshake included.
  std::uint64_t handed_over() const noexcept { return handed_over_; }
  /// Says good-bye (close_notify) as far as that goes without waiting.
  void say_goodbye() noexcept;
  /// To be called when the socket was found readable.
  void readable() noexcept { drained_ = false; }
  /// Whether a read may find something without the socket becoming readable first.
  bool pending() const noexcept { return in_ != end_ || eof_ || SSL_has_pending(ssl_) == 1; }
  /// Whether nothing that was received is left unread: tickets and the like are taken in by asking, application data,
  /// an end or an error are left. The socket is asked only if `ask_socket` says so, or if the last `recv` filled its
  /// block.
  bool drained(bool ask_socket) noexcept;

 private:
  static BIO_METHOD* method();
  static long control(BIO* bio, int command, long, void*);
  static int bio_read(BIO* bio, char* to, int size);
  static int bio_write(BIO* bio, const char* from, int size);

  void release() noexcept;
  io_step judge(int result, std::size_t bytes) noexcept;
  boost::system::error_code error_of(int code) const noexcept;
  io_step fail(const boost::system::error_code& error) noexcept;

  SSL* ssl_;
  int socket_ = -1;
  block_lease block_;  // of ciphertext, while there is some
  const char* in_ = nullptr;
  const char* end_ = nullptr;
  boost::system::error_code later_;  // met after some bytes were read
  int system_error_ = 0;
  std::uint64_t handed_over_ = 0;
  bool eof_ = false;
  bool drained_ = false;  // the socket was empty: no use in asking it again before it is readable
  bool mute_ = false;     // nothing can be sent any more
  bool dead_ = false;
};

}  // namespace corochain::transport
