// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/tls_sessions.hpp"

namespace corochain::transport {
namespace {

/// Whether a session is a ticket of TLS 1.3, which shown twice would let an observer link two connections.
bool for_one_use(const SSL_SESSION* session) noexcept {
  return SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
}

}  // namespace

void tls_sessions::put(const std::string& server, session_ptr session) {
  std::vector<session_ptr> replaced;
  // Both are declared before the lock, so that they are freed without it.
  session_ptr dropped;
  const std::lock_guard lock(mutex_);
  auto& stack = sessions_[server];
  // One session serves all connections.
  if (!for_one_use(session.get())) stack.swap(replaced);
  if (stack.size() == limit) {
    dropped = std::move(stack.front());
    stack.erase(stack.begin());
  }
  stack.push_back(std::move(session));
}

session_ptr tls_sessions::take(const std::string& server, std::time_t now) {
  std::vector<session_ptr> expired;
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(server);
  if (found == sessions_.end()) return nullptr;
  auto& stack = found->second;
  while (!stack.empty()) {
    session_ptr newest = std::move(stack.back());
    stack.pop_back();
    const long ends = SSL_SESSION_get_time(newest.get()) + SSL_SESSION_get_timeout(newest.get());
    if (SSL_SESSION_is_resumable(newest.get()) == 1 && ends > static_cast<long>(now)) {
      if (for_one_use(newest.get())) return newest;
      // A copy: a connection that breaks has its own session marked as not resumable.
      session_ptr copy(SSL_SESSION_dup(newest.get()));
      stack.push_back(std::move(newest));
      return copy;
    }
    expired.push_back(std::move(newest));
  }
  sessions_.erase(found);
  return nullptr;
}

}  // namespace corochain::transport
