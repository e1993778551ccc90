// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <optional>

#include "codec/http/header_fields.hpp"
#include "corochain/core/error.hpp"

// The decision about one failed attempt, as a pure function: `models/model_call` calls it for models and
// `models/token_endpoint` for token requests. The caller waits, and withdraws from the `retry_budget`.
namespace corochain::codec {

/// The part of a model's options that concerns retries.
struct retry_settings {
  using duration = std::chrono::steady_clock::duration;
  /// The number of attempts after the first one. 0 means that nothing is repeated.
  int max_retries = 2;
  /// The longest wait before the first retry. It doubles with each further retry.
  duration base = std::chrono::milliseconds(500);
  /// The longest wait without advice.
  duration cap = std::chrono::seconds(8);
  /// The longest wait the server may ask for.
  duration max_retry_after = std::chrono::seconds(120);
  /// Also after a timeout that follows the request, which may then be billed twice.
  bool retry_on_timeout = false;
};

/// How an attempt failed. Made by the caller, from the answer or from the error of the transport.
struct attempt_outcome {
  using duration = std::chrono::steady_clock::duration;
  /// 0 if no answer came.
  int status = 0;
  ErrorKind kind = ErrorKind::other;
  /// Any byte of the request was sent.
  bool bytes_sent = false;
  /// Any byte of the answer was received.
  bool response_started = false;
  /// The phase in which a timeout came.
  Phase phase = Phase::none;
  /// The transport knows that the failure would repeat itself, such as that of a certificate.
  bool permanent = false;
  /// The head of the answer, or null if none came.
  const header_fields* headers = nullptr;
  /// The result of `retry_after`.
  std::optional<duration> advised = std::nullopt;
  /// A stream ended after its head and before its first content.
  bool before_content = false;
  /// A retryable error that an answer with status 2xx reports.
  bool reported_passes = false;
};

/// The result of `decide_retry`. `why` goes to the log and to the record of the attempt.
struct retry_decision {
  using duration = std::chrono::steady_clock::duration;
  enum class reason {
    /// Retried: the status is retryable.
    status,
    /// Retried: `x-should-retry: true`.
    server_asked,
    /// Retried: nothing was sent.
    connect_failure,
    /// Retried: the connection ended before the first byte of the answer.
    no_answer,
    /// Retried: connecting took too long, or `retry_on_timeout` is set.
    timed_out,
    /// Would fail again, or must not be sent twice.
    not_retryable,
    /// `x-should-retry: false`.
    server_forbade,
    /// A timeout after the request was sent.
    maybe_billed,
    /// `max_retries` are done.
    used_up,
    /// The server asks for a wait above `max_retry_after`.
    advice_too_long,
    /// The wait would not end before the deadline.
    deadline_too_near,
    /// Too many calls to this deployment fail: retries would only add to the load.
    budget_spent,
  };
  bool retry = false;
  /// Before the next attempt; if a wait is too long, that wait.
  duration wait{};
  reason why = reason::not_retryable;
};

/// Decides whether a failed attempt is repeated, and after what wait. Pure: `uniform01` is a random number in
/// [0, 1], `time_left` the time until the deadline (`duration::max()` for none), `retries_done` the number of
/// earlier retries. Do not call it once content of a streamed answer was read: such an attempt is never
/// repeated.
retry_decision decide_retry(const retry_settings& settings, const attempt_outcome& outcome, int retries_done,
                            retry_decision::duration time_left, double uniform01);

/// 408, 409, 424, 429, 498 and 5xx: the same request may succeed later.
bool is_retryable_status(int status) noexcept;
/// Whether an error lasts, so that no later attempt can succeed, whatever the server advises: a used-up
/// account stays so for hours, a certificate does not get better, a prompt does not get shorter, and a caller
/// that cancelled wants no more.
bool is_permanent(ErrorKind kind) noexcept;
/// Returns the server's advice in `x-should-retry`, if it has one.
std::optional<bool> should_retry(const header_fields& headers) noexcept;

/// Returns the name of a reason for logs, such as "deadline_too_near".
const char* to_string(retry_decision::reason why) noexcept;

}  // namespace corochain::codec
