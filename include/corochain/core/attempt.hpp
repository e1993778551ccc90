// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>

#include "corochain/core/detail/durations.hpp"

namespace corochain {

/// Times are measured with the steady clock. A phase that did not happen is zero.
struct Timing {
  using duration = std::chrono::steady_clock::duration;
  /// Waiting for a connection, where `ConnectionOptions` limit them; of a question of `query_all`, also for its turn
  /// under `max_concurrency`, which is no part of `total`.
  duration queued{};
  /// Waiting for the end of a pause that a 429 with advice had asked all of the deployment's callers for. Of a single
  /// attempt it is zero: it comes before one.
  duration limited{};
  duration connect{};     ///< name look-up and TCP connect, of all attempts
  duration tls{};         ///< TLS handshakes, of all attempts
  duration first_byte{};  ///< from the end of sending to the head of the answer, of the last attempt
  duration
      first_token{};  ///< from the start of the call to the first piece of the answer; of a call that is not
                      ///< streamed, to its whole answer
  duration total{};   ///< from the start of the call to its end
};

/// One try of one call, as it went over the wire.
struct AttemptRecord {
  using duration = std::chrono::steady_clock::duration;
  AttemptRecord() = default;

  int status = 0;                       ///< HTTP status, 0 when no answer came
  std::optional<duration> retry_after;  ///< the wait that the server advised
  duration slept{};                     ///< the wait that followed this attempt
  bool connection_reused = false;       ///< a kept-alive connection, not a new one
  bool connection_opened = false;       ///< a connection was opened for it, if only to the TCP handshake
  bool retried = false;                 ///< this attempt is a retry: the call had tried before
  bool maybe_billed = false;  ///< bytes were sent and no answer came: the provider may have worked for it
  Timing timing;              ///< of this attempt alone
  std::string request_id;     ///< as the server named it, else empty
  /// The value of `x-ms-client-request-id`, as the library named the call to Azure: the same for all its attempts.
  /// Empty where the header is not sent or is the caller's own.
  std::string client_request_id;
  std::string error;  ///< our own text of what went wrong, empty on success
};

}  // namespace corochain
