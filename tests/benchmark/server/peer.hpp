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

/// A connection that the server accepted. Nothing here waits.
class peer {
 public:
  /// `tls` is null for plain HTTP. Owns the socket.
  peer(int socket, SSL_CTX* tls);
  ~peer();
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  int socket() const noexcept { return socket_; }
  /// Goes on with the handshake, and takes what has come; false when the connection is over.
  bool receive();
  /// The next request, if it is there as a whole.
  std::optional<behaviour> next_request();
  void send(std::string_view bytes) { out_ += bytes; }
  /// Sends what it can; false when the connection is over.
  bool flush();
  bool wants_to_write() const noexcept { return sent_ < out_.size(); }

  bool counted = false;  ///< as a full or a resumed handshake
  bool is_tls() const noexcept { return ssl_ != nullptr; }
  bool established() const noexcept { return !ssl_ || SSL_is_init_finished(ssl_) == 1; }
  bool resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_) == 1; }

  std::uint64_t number = 0;  ///< tells it from others that had the same descriptor
  behaviour current;         ///< of the request that is being answered
  bool busy = false;
  int events_left = 0;
  bool close_when_sent = false;
  std::uint32_t watched = 0;  ///< the epoll events asked for

 private:
  int socket_;
  SSL* ssl_ = nullptr;
  std::string in_;
  std::string out_;
  std::size_t sent_ = 0;
};

}  // namespace corochain::benchmark
