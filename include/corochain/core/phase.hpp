// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <iosfwd>

#include "corochain/core/export.hpp"

namespace corochain {

/// The phase of a call in which its time was over.
enum class Phase {
  /// Errors other than timeouts have this phase.
  none,
  /// Waiting for its turn, a connection or a token, or not begun at all.
  queued,
  /// Waiting for the end of a pause. No timeout has this phase: a pause that ends after the deadline is a
  /// `RateLimitError` at once.
  limited,
  /// Waiting before a retry. No timeout has this phase: a retry that would come after the deadline is not
  /// waited for.
  backoff,
  /// Looking up the name of the server or the proxy.
  resolve,
  /// Connecting with TCP, to any of the addresses.
  connect,
  /// Waiting for the proxy's answer to CONNECT.
  proxy,
  /// The TLS handshake, including the verification of the certificate.
  tls_handshake,
  /// Sending the request; the server did not read it.
  send,
  /// Waiting for the head of the answer, or of a stream. From here on the call may be billed.
  first_byte,
  /// Between two bytes of the answer.
  body,
  /// Waiting for the next event of a stream, or at a `next()` after the deadline.
  stream,
  /// In any phase, when the `timeout` of the fan-out around the call was over.
  batch,
  /// In any phase, when the time of the whole call was over.
  run
};
COROCHAIN_EXPORT const char* to_string(Phase phase) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, Phase phase);

}  // namespace corochain
