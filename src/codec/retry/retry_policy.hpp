// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <optional>

#include "codec/http/header_fields.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {

struct retry_settings {
  using duration = std::chrono::steady_clock::duration;
  int max_retries = 2;                                   ///< after the first attempt
  duration base = std::chrono::milliseconds(500);        ///< the longest first wait
  duration cap = std::chrono::seconds(8);                ///< the longest wait without advice
  duration max_retry_after = std::chrono::seconds(120);  ///< the longest wait the server may ask for
  /// Also after a timeout that follows the request, which may then be billed twice.
  bool retry_on_timeout = false;
};

/// How an attempt failed.
struct attempt_outcome {
  using duration = std::chrono::steady_clock::duration;
  int status = 0;  ///< 0 if no answer came
  ErrorKind kind = ErrorKind::other;
  bool bytes_sent = false;                         ///< any byte of the request was sent
  bool response_started = false;                   ///< any byte of the answer was received
  Phase phase = Phase::none;                       ///< of a timeout
  bool permanent = false;                          ///< known to fail again
  const header_fields* headers = nullptr;          ///< of the answer, if there is one
  std::optional<duration> advised = std::nullopt;  ///< the result of `retry_after`
  bool before_content = false;   ///< a stream ended after its head and before its first content
  bool reported_passes = false;  ///< a retryable error that an answer with status 2xx reports
};

struct retry_decision {
  using duration = std::chrono::steady_clock::duration;
  enum class reason {
    status,             ///< retried: the status is retryable
    server_asked,       ///< retried: `x-should-retry: true`
    connect_failure,    ///< retried: nothing was sent
    no_answer,          ///< retried: the connection ended before the first byte of the answer
    timed_out,          ///< retried: connecting took too long, or `retry_on_timeout` is set
    not_retryable,      ///< would fail again, or must not be sent twice
    server_forbade,     ///< `x-should-retry: false`
    maybe_billed,       ///< a timeout after the request was sent
    used_up,            ///< `max_retries` are done
    advice_too_long,    ///< the server asks for a wait above `max_retry_after`
    deadline_too_near,  ///< the wait would not end before the deadline
    budget_spent,       ///< too many calls to this deployment fail: retries would only add to the load
  };
  bool retry = false;
  duration wait{};  ///< before the next attempt; if a wait is too long, that wait
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
