// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

namespace corochain::transport {

class endpoint_pool;

/// One connection's share of the limits of its endpoint, from before it is opened until it is closed.
///
/// An `endpoint_pool` makes it, and counts it until its destructor runs, so that no path of failure can
/// forget to. The exchange that opens the connection holds it, and then the connection. It keeps the pool
/// alive. Safe from any thread.
class connection_slot {
 public:
  explicit connection_slot(std::shared_ptr<endpoint_pool> pool) noexcept : pool_(std::move(pool)) {}
  ~connection_slot();
  connection_slot(const connection_slot&) = delete;
  connection_slot& operator=(const connection_slot&) = delete;

  /// Notes that the connection is open and its handshakes are done: the next one may begin. `resumed` says
  /// whether TLS resumed a session.
  void connected(bool has_tls, bool resumed) noexcept;

 private:
  std::shared_ptr<endpoint_pool> pool_;
  // Until `connected`, it also counts for the limit of connections that are being opened.
  bool connecting_ = true;
};

}  // namespace corochain::transport
