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
  duration cap = std::chrono::seconds(8);                ///< the longest wait of our own choice
  duration max_retry_after = std::chrono::seconds(120);  ///< the longest wait the server may ask for
  bool retry_on_timeout = false;  ///< also after a timeout that follows the request: it may be billed twice
};

/// How an attempt failed.
struct attempt_outcome {
  using duration = std::chrono::steady_clock::duration;
  int status = 0;  ///< 0 when no answer came
  ErrorKind kind = ErrorKind::other;
  bool bytes_sent = false;                         ///< any byte of the request went out
  bool response_started = false;                   ///< any byte of the answer came in
  Phase phase = Phase::none;                       ///< of a timeout
  bool permanent = false;                          ///< known to fail again
  const header_fields* headers = nullptr;          ///< of the answer, if there is one
  std::optional<duration> advised = std::nullopt;  ///< what `retry_after` found
  bool before_content = false;   ///< a stream, whose head came, ended before its first content
  bool reported_passes = false;  ///< an error that an answer with status 2xx reports is one that passes
};

struct retry_decision {
  using duration = std::chrono::steady_clock::duration;
  enum class reason {
    status,             ///< retried: the status is one that passes
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
  duration wait{};  ///< before the next attempt; where a wait is too long, that wait
  reason why = reason::not_retryable;
};

/// Whether a failed attempt is made again, and after what wait. Pure: `uniform01` is a random number in [0,
/// 1], `time_left` what remains until the deadline (`duration::max()` for none), `retries_done` how many
/// retries went before. It is not to be asked once content of a streamed answer was read: that is never
/// repeated.
retry_decision decide_retry(const retry_settings& settings, const attempt_outcome& outcome, int retries_done,
                            retry_decision::duration time_left, double uniform01);

/// 408, 409, 424, 429, 498 and 5xx: the same request may succeed later.
bool is_retryable_status(int status) noexcept;
/// Errors that no later attempt mends, whatever the server advises: an account that is used up stays so for hours, a
/// certificate does not get better, a prompt does not get shorter, and who cancelled wants no more.
bool is_permanent(ErrorKind kind) noexcept;
/// What the server says of it in `x-should-retry`, if it does.
std::optional<bool> should_retry(const header_fields& headers) noexcept;

/// The name of a reason, for logs: "deadline_too_near".
const char* to_string(retry_decision::reason why) noexcept;

}  // namespace corochain::codec
