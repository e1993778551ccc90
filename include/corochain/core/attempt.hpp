// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// Times are measured with the steady clock. A phase that did not happen is zero.
struct Timing {
  using duration = std::chrono::steady_clock::duration;
  /// Waiting for a connection, if `ConnectionOptions` limit them. In a result of `query_all` it also holds
  /// the wait for the question's turn under `max_concurrency`, which is no part of `total`.
  duration queued{};
  /// Waiting for the end of a pause. A 429 with advice asks all callers of the deployment for one. The wait
  /// comes before an attempt, so it is zero in an attempt's own timing.
  duration limited{};
  /// Name look-ups and TCP connects of all attempts.
  duration connect{};
  /// TLS handshakes of all attempts.
  duration tls{};
  /// From the end of sending to the head of the answer, in the last attempt.
  duration first_byte{};
  /// From the start of the call to the first chunk of the answer. Without streaming, to the whole answer.
  duration first_token{};
  /// From the start of the call to its end.
  duration total{};
};

/// One attempt of one call, as it went over the wire. Each time that the request is sent is an attempt.
struct AttemptRecord {
  using duration = std::chrono::steady_clock::duration;
  AttemptRecord() = default;

  /// The HTTP status; 0 when no answer came.
  int status = 0;
  /// The wait that the server advised.
  std::optional<duration> retry_after;
  /// The wait that followed this attempt.
  duration slept{};
  /// The attempt used a kept-alive connection, not a new one.
  bool connection_reused = false;
  /// A connection was opened for the attempt, at least to the end of the TCP handshake.
  bool connection_opened = false;
  /// This attempt is a retry: the call had tried before.
  bool retried = false;
  /// The attempt before this one was sent on a kept connection that the server had closed, so the request was
  /// sent again at once: see `ConnectionOptions::resend_on_stale_connection`. It is no retry.
  bool resent = false;
  /// This failed attempt was not retried because the retry budget of its deployment was used up: see
  /// `RetryBudget`.
  bool retry_budget_used_up = false;
  /// Bytes were sent and no answer came. The provider may bill the request.
  bool maybe_billed = false;
  /// The times of this attempt alone.
  Timing timing;
  /// The id that the server gave the request; empty if it gave none.
  std::string request_id;
  /// The value of `x-ms-client-request-id`, with which the library names the call to Azure. All attempts of a
  /// call have the same. Empty if the header is not sent or the caller sets it.
  std::string client_request_id;
  /// The library's own text about the failure; empty on success.
  std::string error;

  /// Writes status, time, waits and the library's text about the failure.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const AttemptRecord& attempt);
};

}  // namespace corochain
