// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace corochain::transport {

/// How long the phases of an exchange may last. Its deadline, which belongs to the call, is apart from these.
struct time_limits {
  using duration = std::chrono::steady_clock::duration;
  /// For name look-up, TCP, proxy and TLS together.
  duration connect = std::chrono::seconds(10);
  /// From the end of sending to the head of the response. Empty: the deadline alone bounds it, because a
  /// model may compute for minutes.
  std::optional<duration> first_byte;
  /// The longest gap between bytes of a body, and between two moments at which bytes of the request move on.
  duration read = std::chrono::seconds(60);
};

/// The most bytes that a server may send.
struct size_limits {
  /// A head, and everything between the chunks of a body.
  std::uint32_t head = 64 * 1024;
  /// The most bytes of a body that is read as a whole.
  std::uint64_t body = std::uint64_t{64} * 1024 * 1024;
  /// One event of a stream. This limit and the next one are for the reader above this layer.
  std::uint64_t stream_event = std::uint64_t{16} * 1024 * 1024;
  /// The most bytes of the answer that a stream holds.
  std::uint64_t stream = std::uint64_t{64} * 1024 * 1024;
  /// The most bytes of a stream's body.
  std::uint64_t stream_wire = std::uint64_t{1024} * 1024 * 1024;
  /// The 1xx heads before the response.
  int interim_answers = 100;
};

/// How many connections to an endpoint a call tolerates, its own included, for how long its own is kept, and
/// what happens if a kept one has ended.
struct pool_limits {
  /// Open or opening at once; 0: no limit.
  std::size_t max_connections = 0;
  /// Opening at once; 0: no limit.
  std::size_t max_connecting = 256;
  /// Empty: as many as were opened.
  std::optional<std::size_t> max_idle;
  /// The longest time between two calls; shorter if the server names a time.
  std::chrono::seconds idle_timeout{90};
  /// The age at which a connection is given up for a new one, with a new look-up of the name.
  std::chrono::seconds max_age{600};
  /// Whether a request is sent again, once, if its kept connection ends before the first byte of a response.
  bool resend_on_stale_connection = true;
};

/// The limits that all exchanges of one model's calls share.
struct exchange_limits {
  time_limits times{};
  size_limits sizes{};
  pool_limits pool{};
};

}  // namespace corochain::transport
