// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/retry_policy.hpp"

#include <algorithm>

#include "codec/ascii.hpp"
#include "core/connecting_phase.hpp"

// The rules in their order: first whether the failure may pass at all (`judge`), then the number of retries,
// then the wait and whether it fits the deadline.
namespace corochain::codec {
namespace {

using duration = retry_decision::duration;
using reason = retry_decision::reason;

/// Decides whether a failure is of a retryable kind, without regard to limits and waits.
retry_decision judge(const retry_settings& settings, const attempt_outcome& outcome) noexcept {
  const auto yes = [](reason why) { return retry_decision{true, {}, why}; };
  const auto no = [](reason why) { return retry_decision{false, {}, why}; };
  // Not even if the server asks for a retry. 413 is the size of this very request.
  if (is_permanent(outcome.kind) || outcome.status == 413) return no(reason::not_retryable);
  // The status is 200 here, and says nothing.
  if (outcome.reported_passes) return yes(reason::status);
  if (outcome.status >= 400) {
    // The server knows best whether a repetition makes sense: OpenAI's clients follow the same field.
    const auto asked = outcome.headers ? should_retry(*outcome.headers) : std::nullopt;
    if (asked) return *asked ? yes(reason::server_asked) : no(reason::server_forbade);
    return is_retryable_status(outcome.status) ? yes(reason::status) : no(reason::not_retryable);
  }
  if (outcome.kind == ErrorKind::timeout) {
    const bool waits_for_server = outcome.phase == Phase::send || outcome.phase == Phase::first_byte ||
                                  outcome.phase == Phase::body || outcome.phase == Phase::stream;
    if (detail::is_connecting(outcome.phase)) return yes(reason::timed_out);
    if (!waits_for_server)
      // The library's own queue, limiter or wait has used up the time.
      return no(reason::not_retryable);
    // The server may still be working on the request, and may bill it.
    return settings.retry_on_timeout ? yes(reason::timed_out) : no(reason::maybe_billed);
  }
  // A stream that has ended before its first content is as good as no answer. After content, the consumer has
  // seen a part of it.
  if (outcome.permanent || (outcome.response_started && !outcome.before_content))
    return no(reason::not_retryable);
  if (outcome.kind == ErrorKind::connect || outcome.kind == ErrorKind::truncated)
    return yes(outcome.bytes_sent ? reason::no_answer : reason::connect_failure);
  return no(reason::not_retryable);
}

/// `min(base * 2^n, cap) * u`: full jitter, so that clients that failed together do not come back together.
/// `n` is `retries_done`. The figures are those of the OpenAI clients: half a second at first, at most eight
/// seconds.
duration backoff(const retry_settings& settings, int retries_done, double uniform01) noexcept {
  duration longest = std::max(settings.base, duration::zero());
  const duration cap = std::max(settings.cap, duration::zero());
  for (int i = 0; i < retries_done && longest > duration::zero() && longest < cap; ++i)
    // Never beyond the cap, so that it cannot overflow.
    longest = longest > cap / 2 ? cap : longest * 2;
  longest = std::min(longest, cap);
  const double share = uniform01 >= 0 ? std::min(uniform01, 1.0) : 0;  // NaN becomes 0
  if (share >= 1) return longest;
  const auto wait = static_cast<double>(longest.count()) * share;
  // The product may be rounded up to a value that does not fit the integer.
  return std::min(longest, wait < 0x1p62 ? duration(static_cast<duration::rep>(wait)) : duration::max());
}

/// Adds up to a quarter to an advised wait, so that callers with the same advice do not follow it at the same
/// instant.
duration spread(duration advised, double uniform01) noexcept {
  const duration longest =
      std::clamp<duration>(advised / 4, std::chrono::milliseconds(50), std::chrono::seconds(5));
  const double share = uniform01 >= 0 ? std::min(uniform01, 1.0) : 0;
  return duration(static_cast<duration::rep>(static_cast<double>(longest.count()) * share));
}

}  // namespace

bool is_retryable_status(int status) noexcept {
  switch (status) {
    case 408:
    case 409:
    case 424:  // the model is still being loaded, on serverless endpoints
    case 429:
    case 498:  // Groq: no capacity at the moment
      return true;
    default: return status >= 500 && status <= 599;
  }
}

bool is_permanent(ErrorKind kind) noexcept {
  return kind == ErrorKind::quota_exceeded || kind == ErrorKind::context_length || kind == ErrorKind::tls ||
         kind == ErrorKind::cancelled;
}

std::optional<bool> should_retry(const header_fields& headers) noexcept {
  const auto value = headers.find("x-should-retry");
  if (value && equal_ignoring_case(*value, "true")) return true;
  if (value && equal_ignoring_case(*value, "false")) return false;
  return std::nullopt;
}

retry_decision decide_retry(const retry_settings& settings, const attempt_outcome& outcome, int retries_done,
                            duration time_left, double uniform01) {
  retry_decision decision = judge(settings, outcome);
  if (!decision.retry) return decision;
  const auto refuse = [&](reason why) { return retry_decision{false, decision.wait, why}; };
  // The wait is computed even if there is no retry: the error tells the caller how long it would have been.
  if (retries_done >= settings.max_retries) return refuse(reason::used_up);
  const bool advised = outcome.advised && *outcome.advised > duration::zero();
  decision.wait = advised ? *outcome.advised : backoff(settings, retries_done, uniform01);
  if (advised && decision.wait > settings.max_retry_after) return refuse(reason::advice_too_long);
  // A wait that cannot end in time would only delay the error.
  if (decision.wait >= time_left) return refuse(reason::deadline_too_near);
  // At most half of the time that is left after the advice, so that the spread itself never misses the
  // deadline.
  if (advised) decision.wait += std::min(spread(decision.wait, uniform01), (time_left - decision.wait) / 2);
  return decision;
}

const char* to_string(retry_decision::reason why) noexcept {
  switch (why) {
    case reason::status: return "status";
    case reason::server_asked: return "server_asked";
    case reason::connect_failure: return "connect_failure";
    case reason::no_answer: return "no_answer";
    case reason::timed_out: return "timed_out";
    case reason::not_retryable: return "not_retryable";
    case reason::server_forbade: return "server_forbade";
    case reason::maybe_billed: return "maybe_billed";
    case reason::used_up: return "used_up";
    case reason::advice_too_long: return "advice_too_long";
    case reason::budget_spent: return "budget_spent";
    case reason::deadline_too_near: return "deadline_too_near";
  }
  return "unknown";
}

}  // namespace corochain::codec
