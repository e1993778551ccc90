// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/retry_policy.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <utility>

namespace corochain::codec::retry_policy_test {
namespace {

using namespace std::chrono;
using reason = retry_decision::reason;
using duration = retry_decision::duration;

constexpr duration forever = duration::max();

attempt_outcome answered(int status, ErrorKind kind = ErrorKind::http_status) {
  return {.status = status, .kind = kind, .bytes_sent = true, .response_started = true};
}
attempt_outcome unanswered(ErrorKind kind, bool bytes_sent) {
  return {.kind = kind, .bytes_sent = bytes_sent};
}
attempt_outcome timed_out(Phase phase) {
  return {.kind = ErrorKind::timeout, .bytes_sent = phase >= Phase::send, .phase = phase};
}

reason why(const attempt_outcome& outcome, retry_settings settings = {}) {
  const retry_decision decision = decide_retry(settings, outcome, 0, forever, 0.5);
  EXPECT_EQ(decision.retry, decision.why < reason::not_retryable) << to_string(decision.why);
  return decision.why;
}

TEST(retry_policy, judges_statuses) {
  for (int status : {408, 409, 429, 500, 502, 503, 504, 529, 599})
    EXPECT_EQ(why(answered(status)), reason::status) << status;
  for (int status : {200, 204, 301, 307, 400, 401, 402, 403, 404, 405, 413, 422, 451, 600})
    EXPECT_EQ(why(answered(status)), reason::not_retryable) << status;
}

// An error that a program makes by hand has a kind and no status: the kinds' own table must agree.
TEST(retry_policy, agrees_with_the_kinds_of_errors) {
  for (const auto& [status, kind] :
       std::initializer_list<std::pair<int, ErrorKind>>{{400, ErrorKind::bad_request},
                                                        {400, ErrorKind::content_filter},
                                                        {400, ErrorKind::context_length},
                                                        {401, ErrorKind::authentication},
                                                        {403, ErrorKind::permission_denied},
                                                        {404, ErrorKind::not_found},
                                                        {409, ErrorKind::conflict},
                                                        {422, ErrorKind::unprocessable_entity},
                                                        {429, ErrorKind::rate_limit},
                                                        {429, ErrorKind::quota_exceeded},
                                                        {500, ErrorKind::server}})
    EXPECT_EQ(why(answered(status, kind)) == reason::status, Error(kind, "m").retryable()) << to_string(kind);
  for (const ErrorKind kind : {ErrorKind::connect, ErrorKind::tls, ErrorKind::cancelled, ErrorKind::protocol,
                               ErrorKind::too_large, ErrorKind::prompt, ErrorKind::config, ErrorKind::other})
    EXPECT_EQ(why(unanswered(kind, false)) < reason::not_retryable, Error(kind, "m").retryable())
        << to_string(kind);
}

TEST(retry_policy, obeys_x_should_retry) {
  header_fields yes, no, other;
  yes.add("X-Should-Retry", "true");
  no.add("x-should-retry", "False");
  other.add("x-should-retry", "maybe");
  const auto with = [](attempt_outcome outcome, const header_fields& headers) {
    outcome.headers = &headers;
    return why(outcome);
  };
  EXPECT_EQ(with(answered(400), yes), reason::server_asked);
  EXPECT_EQ(with(answered(503), no), reason::server_forbade);
  EXPECT_EQ(with(answered(503), other), reason::status);
  EXPECT_EQ(with(answered(400), other), reason::not_retryable);
  EXPECT_EQ(with(answered(429, ErrorKind::quota_exceeded), yes), reason::not_retryable);
  EXPECT_EQ(with(answered(200, ErrorKind::response_format), yes), reason::not_retryable);
  EXPECT_EQ(with(answered(413), yes), reason::not_retryable) << "the same request is as large";
}

TEST(retry_policy, never_retries_some_failures) {
  EXPECT_EQ(why(answered(429, ErrorKind::quota_exceeded)), reason::not_retryable);
  for (ErrorKind kind : {ErrorKind::tls, ErrorKind::cancelled, ErrorKind::protocol, ErrorKind::too_large,
                         ErrorKind::config, ErrorKind::prompt, ErrorKind::other}) {
    EXPECT_EQ(why(unanswered(kind, false)), reason::not_retryable) << to_string(kind);
    EXPECT_EQ(why(unanswered(kind, true)), reason::not_retryable) << to_string(kind);
  }
}

TEST(retry_policy, retries_before_the_first_byte_of_an_answer_only) {
  for (ErrorKind kind : {ErrorKind::connect, ErrorKind::truncated}) {
    EXPECT_EQ(why(unanswered(kind, false)), reason::connect_failure);
    EXPECT_EQ(why(unanswered(kind, true)), reason::no_answer);
    EXPECT_EQ(why(answered(200, kind)), reason::not_retryable);
    EXPECT_EQ(why({.kind = kind, .bytes_sent = true, .response_started = true}), reason::not_retryable);
    EXPECT_EQ(why(answered(503, kind)), reason::status) << "the status of a cut answer is known";
  }
}

TEST(retry_policy, retries_timeouts_of_connecting) {
  for (Phase phase : {Phase::resolve, Phase::connect, Phase::tls_handshake})
    EXPECT_EQ(why(timed_out(phase)), reason::timed_out);
  for (Phase phase : {Phase::none, Phase::queued, Phase::limited, Phase::backoff, Phase::batch, Phase::run})
    EXPECT_EQ(why({.kind = ErrorKind::timeout, .phase = phase}), reason::not_retryable);
}

TEST(retry_policy, retries_timeouts_after_the_request_only_when_told) {
  for (Phase phase : {Phase::send, Phase::first_byte, Phase::body}) {
    EXPECT_EQ(why(timed_out(phase)), reason::maybe_billed);
    EXPECT_EQ(why(timed_out(phase), {.retry_on_timeout = true}), reason::timed_out);
  }
}

TEST(retry_policy, counts) {
  for (int done : {0, 1}) EXPECT_TRUE(decide_retry({}, answered(503), done, forever, 0).retry);
  for (int done : {2, 3, 1000})
    EXPECT_EQ(decide_retry({}, answered(503), done, forever, 0).why, reason::used_up);
  EXPECT_EQ(decide_retry({.max_retries = 0}, answered(503), 0, forever, 0).why, reason::used_up);
  EXPECT_EQ(decide_retry({.max_retries = -1}, answered(503), 0, forever, 0).why, reason::used_up);
}

TEST(retry_policy, backs_off_with_full_jitter) {
  const retry_settings settings{.max_retries = 100};
  const auto wait = [&](int done, double u) {
    return decide_retry(settings, answered(503), done, forever, u).wait;
  };
  EXPECT_EQ(wait(0, 1), 500ms);
  EXPECT_EQ(wait(1, 1), 1s);
  EXPECT_EQ(wait(2, 1), 2s);
  EXPECT_EQ(wait(3, 1), 4s);
  EXPECT_EQ(wait(4, 1), 8s);
  EXPECT_EQ(wait(5, 1), 8s);
  EXPECT_EQ(wait(99, 1), 8s);
  EXPECT_EQ(wait(1, 0.5), 500ms);
  EXPECT_EQ(wait(1, 0), 0s);
}

TEST(retry_policy, survives_odd_settings_and_odd_luck) {
  const auto wait = [&](retry_settings settings, double u) {
    settings.max_retries = 2000000;
    return decide_retry(settings, answered(503), 1000000, forever, u).wait;
  };
  EXPECT_EQ(wait({}, -1), 0s);
  EXPECT_EQ(wait({}, 2), 8s);
  EXPECT_EQ(wait({}, std::numeric_limits<double>::quiet_NaN()), 0s);
  EXPECT_EQ(wait({.base = 0s}, 1), 0s);
  EXPECT_EQ(wait({.base = -1s}, 1), 0s);
  EXPECT_EQ(wait({.cap = -1s}, 1), 0s);
  EXPECT_EQ(wait({.base = 10s, .cap = 3s}, 1), 3s);
  EXPECT_GE(wait({.cap = forever}, 0.999999), hours(24));
  EXPECT_GE(wait({.base = forever, .cap = forever}, 0.5), hours(24));
  // A wait of 'forever' never ends before the deadline.
  EXPECT_EQ(decide_retry({.base = forever, .cap = forever}, answered(503), 0, forever, 1).why,
            reason::deadline_too_near);
}

TEST(retry_policy, takes_the_servers_advice) {
  attempt_outcome outcome = answered(429, ErrorKind::rate_limit);
  outcome.advised = 6s;
  EXPECT_EQ(decide_retry({}, outcome, 1, forever, 0).wait, 6s);
  EXPECT_EQ(decide_retry({}, outcome, 1, forever, 1).wait,
            7500ms);                                            // spreads the callers
  EXPECT_EQ(decide_retry({}, outcome, 1, 7s, 1).wait, 6500ms);  // but before the deadline
  outcome.advised = 120s;
  EXPECT_TRUE(decide_retry({}, outcome, 0, forever, 0.5).retry);
  outcome.advised = 121s;
  const retry_decision decision = decide_retry({}, outcome, 0, forever, 0.5);
  EXPECT_EQ(decision.why, reason::advice_too_long);
  EXPECT_EQ(decision.wait, 121s);
  for (const auto tiny : {1ns, 1000000ns}) {
    outcome.advised = tiny;
    EXPECT_EQ(decide_retry({}, outcome, 0, forever, 1).wait, tiny + 50ms);
  }
  outcome.advised = 0s;
  EXPECT_EQ(decide_retry({}, outcome, 0, forever, 1).wait, 500ms);
  outcome.advised = -1s;
  EXPECT_EQ(decide_retry({}, outcome, 0, forever, 1).wait, 500ms);
}

TEST(retry_policy, classifies_an_error_in_an_answer_by_its_status) {
  attempt_outcome outcome = answered(200, ErrorKind::rate_limit);
  outcome.response_started = true;
  EXPECT_FALSE(decide_retry({}, outcome, 0, forever, 0).retry);
  outcome.reported_passes = true;
  EXPECT_TRUE(decide_retry({}, outcome, 0, forever, 0).retry);
  outcome.kind = ErrorKind::quota_exceeded;
  EXPECT_FALSE(decide_retry({}, outcome, 0, forever, 0).retry);
  EXPECT_TRUE(decide_retry({}, answered(424), 0, forever, 0).retry);
  EXPECT_TRUE(decide_retry({}, answered(498), 0, forever, 0).retry);
  EXPECT_FALSE(decide_retry({}, answered(413, ErrorKind::rate_limit), 0, forever, 0).retry);
}

TEST(retry_policy, a_stream_that_ends_before_content_is_retried) {
  attempt_outcome outcome = answered(200, ErrorKind::truncated);
  outcome.bytes_sent = outcome.response_started = true;
  EXPECT_FALSE(decide_retry({}, outcome, 0, forever, 0).retry);
  outcome.before_content = true;
  EXPECT_TRUE(decide_retry({}, outcome, 0, forever, 0).retry);
  outcome.kind = ErrorKind::timeout;
  outcome.phase = Phase::stream;
  EXPECT_EQ(decide_retry({}, outcome, 0, forever, 0).why, reason::maybe_billed);
  EXPECT_TRUE(decide_retry({.retry_on_timeout = true}, outcome, 0, forever, 0).retry);
}

TEST(retry_policy, does_not_wait_past_the_deadline) {
  attempt_outcome outcome = answered(429, ErrorKind::rate_limit);
  outcome.advised = 6s;
  EXPECT_EQ(decide_retry({}, outcome, 0, 6s, 0.5).why, reason::deadline_too_near);
  EXPECT_TRUE(decide_retry({}, outcome, 0, 7s, 0.5).retry);
  EXPECT_EQ(decide_retry({}, answered(503), 0, 0s, 0).why, reason::deadline_too_near);
  EXPECT_EQ(decide_retry({}, answered(503), 0, -1s, 0).why, reason::deadline_too_near);
}

}  // namespace
}  // namespace corochain::codec::retry_policy_test
