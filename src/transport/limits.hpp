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
  /// From the end of sending to the head of the response.
  std::optional<duration> first_byte;
  /// The longest gap between bytes of a body, and between two moments at which bytes of the request move on.
  duration read = std::chrono::seconds(60);
};

/// The most bytes that a server may send.
struct size_limits {
  std::uint32_t head = 64 * 1024;
  /// The most bytes of a body that is read as a whole.
  std::uint64_t body = std::uint64_t{64} * 1024 * 1024;
  std::uint64_t stream_event = std::uint64_t{16} * 1024 * 1024;
  /// The most bytes of the answer that a stream holds.
  std::uint64_t stream = std::uint64_t{64} * 1024 * 1024;
  /// The most bytes of a stream's body.
  std::uint64_t stream_wire = std::uint64_t{1024} * 1024 * 1024;
  int interim_answers = 100;  ///< 1xx heads before the response
};

/// How many connections a call tolerates beside its own, and for how long its own is kept.
struct pool_limits {
  std::size_t max_connections = 0;      ///< open or opening at once; 0: no limit
  std::size_t max_connecting = 256;     ///< opening at once; 0: no limit
  std::optional<std::size_t> max_idle;  ///< empty: as many as were opened
  std::chrono::seconds idle_timeout{90};
  std::chrono::seconds max_age{600};
};

/// The limits that all exchanges of one model's calls share.
struct exchange_limits {
  time_limits times{};
  size_limits sizes{};
  pool_limits pool{};
};

}  // namespace corochain::transport
