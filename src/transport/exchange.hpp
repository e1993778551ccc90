// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/header_fields.hpp"
#include "corochain/core/attempt.hpp"
#include "corochain/core/awaitable.hpp"
#include "transport/endpoint.hpp"
#include "transport/resolver.hpp"

namespace corochain::transport {

struct time_limits {
  using duration = std::chrono::steady_clock::duration;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  duration connect = std::chrono::seconds(10);  ///< name look-up, TCP and TLS together
  std::optional<duration> first_byte;           ///< from the end of sending to the head of the answer
  duration read = std::chrono::seconds(60);     ///< between bytes of a body
};

/// What a server may send.
struct size_limits {
  std::uint32_t head = 64 * 1024;
  std::uint64_t body = 64 * 1024 * 1024;
  int interim_answers = 100;  ///< 1xx heads before the answer
};

struct http_answer {
  int status = 0;
  codec::header_fields headers;
  std::string body;
};

/// What is known of an exchange, also when it failed.
struct exchange_report {
  Timing timing;
  bool reused = false;  ///< a kept-alive connection was used to the end
  bool opened = false;  ///< a connection was opened
  bool bytes_sent = false;
  bool unanswered_send =
      false;  ///< sent on a reused connection that died without a word, and then sent again
  bool response_started = false;
};

/// Sends one request, head and body in `wire`, and reads the whole answer. `wire` and `report` must live until then.
///
/// Takes an idle connection of the execution context or opens one; a request on a reused connection that dies before
/// the first byte of an answer is sent again once on a new one. Whatever way it ends, the connection is either back in
/// the pool, its answer read to the end, or closed.
/// Throws `ConnectError`, `TlsError`, `TimeoutError`, `CancelledError`, `ProtocolError`, `TruncatedError`,
/// `TooLargeError`. Cancellation closes the descriptor at once. To be awaited inside a run.
awaitable<http_answer> exchange(std::shared_ptr<const endpoint> to, std::shared_ptr<resolver> names,
                                std::string_view wire, time_limits times, size_limits sizes,
                                exchange_report& report);

}  // namespace corochain::transport
