// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/answers.hpp"

namespace corochain::benchmark {

/// A connection that the server accepted. No function blocks.
class peer {
 public:
  /// `tls` is null for plain HTTP. Owns the socket.
  peer(int socket, SSL_CTX* tls);
  ~peer();
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  int socket() const noexcept { return socket_; }
  /// Continues the handshake and reads the available bytes. Returns false when the connection is over.
  bool receive();
  /// The next request, if all of it has arrived.
  std::optional<behaviour> next_request();
  void send(std::string_view bytes) { out_ += bytes; }
  /// Sends as much as possible. Returns false when the connection is over.
  bool flush();
  bool wants_to_write() const noexcept { return sent_ < out_.size(); }

  /// The handshake is counted, as a full or a resumed one.
  bool counted = false;
  bool is_tls() const noexcept { return ssl_ != nullptr; }
  bool established() const noexcept { return !ssl_ || SSL_is_init_finished(ssl_) == 1; }
  bool resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_) == 1; }

  /// Distinguishes the peer from earlier ones with the same descriptor.
  std::uint64_t number = 0;
  /// The behaviour for the current request.
  behaviour current;
  bool busy = false;
  int events_left = 0;
  bool close_when_sent = false;
  /// The epoll events that are registered.
  std::uint32_t watched = 0;

 private:
  int socket_;
  SSL* ssl_ = nullptr;
  std::string in_;
  std::string out_;
  std::size_t sent_ = 0;
};

}  // namespace corochain::benchmark
