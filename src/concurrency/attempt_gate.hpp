// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <optional>

#include "corochain/core/attempt.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {

// The seam between the retry loop of a call, `models/model_call.cpp`, and the state that decides when an
// attempt is sent. `models/deployment_gate.hpp` is the gate of a deployment's pause and rate.

/// The end of a call whose attempt a gate will never let pass.
struct gate_refusal {
  ErrorKind kind;
  /// The time that the caller should wait before the next call.
  std::chrono::steady_clock::duration retry_after;
  /// The reason for logs: "paused_too_long".
  const char* reason;
  /// The text of the error: what happened, and what to do.
  const char* words;
};

/// A gate's answer to an attempt that wants to be sent: it passes, has to ask again, or is refused.
struct gate_decision {
  bool passes = true;
  /// The time to ask again, if the attempt neither passes nor is refused.
  std::chrono::steady_clock::time_point ask_again{};
  std::optional<gate_refusal> refusal{};
};

/// The end of an attempt that had passed a gate.
struct attempt_end {
  /// On the clock of `attempt_gate::ask`.
  std::chrono::steady_clock::time_point at;
  const AttemptRecord& record;
  bool answered;
  /// The kind of the failure.
  ErrorKind kind;
  /// Whether the server says that the same request may succeed later.
  bool retryable;
};

/// A gate that each attempt of one call passes before it is sent, and that is told how the attempt ended: a
/// pause, a rate limit, a spending limit. The state that calls share stands behind the gate and is safe from
/// any thread; the gate itself belongs to its call.
class attempt_gate {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  attempt_gate() = default;
  virtual ~attempt_gate() = default;
  attempt_gate(const attempt_gate&) = delete;
  attempt_gate& operator=(const attempt_gate&) = delete;

  /// Asks the gate before each attempt, and again at the time in its answer. A wait never ends after
  /// `deadline`.
  virtual gate_decision ask(time_point now, time_point deadline) = 0;
  virtual void ended(const attempt_end& end) = 0;
};

}  // namespace corochain::detail
