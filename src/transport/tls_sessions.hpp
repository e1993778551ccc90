// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <openssl/ssl.h>

#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace corochain::transport {

struct free_session {
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, free_session>;

/// The sessions with which connections can be resumed, newest first, by server. A TLS 1.3 ticket is for one
/// use (RFC 8446 appendix C.4), so each is taken out once. A server of TLS 1.2 sends one session at the full
/// handshake, which is used until the next one. Shared by all execution contexts. Safe from any thread.
class tls_sessions {
 public:
  /// The most sessions that are kept for one server. A burst of reconnects takes one ticket each, and a
  /// server usually sends two with each handshake.
  static constexpr std::size_t limit = 1024;

  /// Keeps a session of `server`, which is an endpoint's key. Called in a handshake or a read, by OpenSSL's
  /// callback. A full stack loses its oldest one.
  void put(const std::string& server, session_ptr session);
  /// Returns the newest session that has not expired at `now`, or null. The caller owns it.
  session_ptr take(const std::string& server, std::time_t now);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<session_ptr>> sessions_;
};

}  // namespace corochain::transport
