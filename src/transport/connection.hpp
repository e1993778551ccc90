// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>

#include "corochain/core/awaitable.hpp"
#include "transport/abortable.hpp"
#include "transport/endpoint.hpp"
#include "transport/tls_channel.hpp"

namespace corochain::transport {

class connection_slot;

/// One connection to one endpoint, plain or TLS. It holds no buffer while it waits.
///
/// An `exchange` makes it, uses it alone on the executor of its run, and then destroys it or gives it to the
/// `endpoint_pool`, which holds it while it is idle, without an operation. The next exchange may run on
/// another strand of the same execution context. Reads and writes do not wait; waits are separate, so that a
/// call that is under way allocates nothing for each read.
class connection {
 public:
  using clock = std::chrono::steady_clock;
  using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::any_io_executor>;

  /// Takes a connected socket and sets its options: written bytes go out at once, and TCP's keep-alive probes
  /// tell a network that has forgotten the connection from a model that computes for long. `slot` is given
  /// back when the connection is destroyed.
  connection(socket_type socket, std::shared_ptr<const endpoint> to, std::unique_ptr<connection_slot> slot);
  ~connection();

  socket_type& socket() noexcept { return socket_; }
  /// Its share of the limits of the endpoint, which is to be told when the handshakes are done.
  connection_slot& slot() noexcept { return *slot_; }
  bool has_tls() const noexcept { return tls_.has_value(); }

  /// Prepares TLS: the host name or address to verify, the server name (SNI) if the host is a name, and a
  /// session to resume if there is one. Throws `std::bad_alloc`.
  void prepare_tls();
  /// Goes on with the TLS handshake. Call it again after a wait for what it wants.
  io_step handshake() noexcept { return tls_->handshake(); }
  /// OpenSSL's result of verifying the certificate.
  long verify_result() noexcept { return SSL_get_verify_result(tls_->native()); }
  /// Whether the handshake resumed a session, which saves the certificates and their verification.
  bool resumed() noexcept { return tls_ && SSL_session_reused(tls_->native()) == 1; }

  /// Reads or writes as much as possible without waiting. An unannounced end is an error of a TLS connection
  /// and `eof` of a plain one, which cannot announce one.
  io_step read(char* to, std::size_t size) noexcept;
  io_step write(const char* from, std::size_t size) noexcept;
  /// The number of bytes that the system has taken since the connection was opened, TLS records included.
  std::uint64_t handed_over() const noexcept { return tls_ ? tls_->handed_over() : handed_over_; }
  /// The number of those bytes that the system still holds: not sent yet, or not acknowledged by the other
  /// side's system. 0 if the system does not tell.
  std::uint64_t held_back() noexcept;
  /// The next read asks the system, whatever the last one found.
  void expect_more() noexcept {
    socket_empty_ = false;
    if (tls_) tls_->readable();
  }
  /// From now on, TLS wipes the bytes that were read from its own buffers.
  void keep_no_plaintext() noexcept {
    if (tls_) SSL_set_options(tls_->native(), SSL_OP_CLEANSE_PLAINTEXT);
  }
  /// Whether a read may return bytes without waiting.
  bool pending() const noexcept { return tls_ && tls_->pending(); }

  /// Waits until the socket can be read or written. `abort` ends the wait with an error. Cancelling the
  /// waiting coroutine aborts `owner` at once, which has to call `abort`.
  awaitable<std::tuple<boost::system::error_code>> wait_for(io_step::state what,
                                                            std::weak_ptr<abortable> owner);
  /// Waits until the socket can be read or written, whichever comes first.
  awaitable<boost::system::error_code> wait_for_either(std::weak_ptr<abortable> owner);

  /// Closes the descriptor at once. Pending waits end as aborted. Nothing is said to the other side: a call
  /// that is cancelled must not wait for a full send buffer.
  void abort() noexcept;
  /// Whether all received bytes were read, plain bytes and TLS records alike. Makes no system call, unless
  /// the last one filled its buffer.
  bool drained() noexcept {
    return tls_ ? tls_->drained(false) : socket_empty_ || peek() == next_byte::not_yet;
  }
  /// Whether an idle connection still looks open and has nothing unread. Asks the system without blocking.
  /// Bytes that came while it was idle belong to no request: a server that sent them closes, or is confused.
  bool quiet() noexcept;

  // Facts that the endpoint's pool judges a connection's age by.
  const clock::time_point born = clock::now();
  clock::time_point idle_since{};
  /// The turn of the loop in which it became idle.
  std::uint64_t idle_turn = 0;
  /// The server's `Keep-Alive: timeout=`, 0 when it named none.
  std::chrono::seconds keep_alive{0};

 private:
  /// The next byte as the system has it: there, not there yet, or never to come after an end or an error.
  enum class next_byte { there, not_yet, never };
  next_byte peek() noexcept;
  // Keeps the TLS context, which the channel uses, and the sessions, which late tickets are added to.
  std::shared_ptr<const endpoint> to_;
  // Declared before the socket, so that it is given back after the socket was closed: otherwise the next
  // connection could be opened while this one still counts for the system's limits.
  std::unique_ptr<connection_slot> slot_;
  socket_type socket_;
  std::optional<tls_channel> tls_;
  // The id of the process that opened it.
  const int opened_by_;
  // The last read took all bytes there were. Asking again before the socket is readable would be a system
  // call for nothing. Plain connections only.
  bool socket_empty_ = false;
  std::uint64_t handed_over_ = 0;
};

}  // namespace corochain::transport
