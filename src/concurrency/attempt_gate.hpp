// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <optional>

#include "corochain/core/attempt.hpp"
#include "corochain/core/error.hpp"

namespace corochain::detail {

/// The end of a call whose attempt a gate will never let pass.
struct gate_refusal {
  ErrorKind kind;
  std::chrono::steady_clock::duration retry_after;  ///< what the caller should wait before the next call
  const char* reason;                               ///< for logs: "paused_too_long"
  const char* words;                                ///< of the error: what happened, and what to do
};

/// A gate's answer to an attempt that wants to be sent: it passes, has to ask again, or is refused.
struct gate_decision {
  bool passes = true;
  std::chrono::steady_clock::time_point ask_again{};  ///< where it neither passes nor is refused
  std::optional<gate_refusal> refusal{};
};

/// How an attempt ended that had passed a gate.
struct attempt_end {
  const AttemptRecord& record;
  bool answered;
  ErrorKind kind;  ///< of a failure
  bool retryable;  ///< the server says that the same request may succeed later
};

/// A gate that each attempt of one call passes before it is sent, and that is told how the attempt ended: a
/// pause, a rate limit, a spending limit. What calls share stands behind it and is safe from any thread; the
/// gate itself belongs to its call.
class attempt_gate {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  attempt_gate() = default;
  virtual ~attempt_gate() = default;
  attempt_gate(const attempt_gate&) = delete;
  attempt_gate& operator=(const attempt_gate&) = delete;

  /// Asked before each attempt, and again at the time it said. A wait never ends after `deadline`.
  virtual gate_decision ask(time_point now, time_point deadline) = 0;
  virtual void ended(const attempt_end& end) = 0;
};

}  // namespace corochain::detail
