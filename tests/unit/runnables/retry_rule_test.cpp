// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "runnables/retry_rule.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <stdexcept>
#include <vector>

namespace corochain::detail::retry_rule_test {
namespace {
using namespace std::chrono_literals;
constexpr auto no_deadline = RetryOptions::duration::max();

template <class E>
Failure failure_of(E error) {
  return Failure(std::make_exception_ptr(std::move(error)));
}
Failure failure_of(ErrorKind kind, ErrorDetails details = ErrorDetails()) {
  return Failure(make_error(kind, "a failure", std::move(details)));
}

TEST(RetryRule, retries_what_a_model_may_answer_otherwise) {
  for (const ErrorKind kind : {ErrorKind::output_parser, ErrorKind::response_format, ErrorKind::truncated}) {
    ErrorDetails tried;
    tried.attempts.emplace_back();
    EXPECT_TRUE(is_worth_a_retry(failure_of(kind))) << to_string(kind);
    EXPECT_TRUE(is_worth_a_retry(failure_of(kind, tried))) << to_string(kind);
  }
}

TEST(RetryRule, retries_foreign_exceptions_but_mistakes) {
  EXPECT_TRUE(is_worth_a_retry(failure_of(std::runtime_error("the disk is busy"))));
  EXPECT_TRUE(is_worth_a_retry(failure_of(7)));
  EXPECT_FALSE(is_worth_a_retry(failure_of(std::logic_error("wrong"))));
  EXPECT_FALSE(is_worth_a_retry(failure_of(std::invalid_argument("wrong"))));
  EXPECT_FALSE(is_worth_a_retry(failure_of(std::out_of_range("wrong"))));
  EXPECT_FALSE(is_worth_a_retry(failure_of(std::bad_alloc())));
  EXPECT_FALSE(is_worth_a_retry(Failure()));
}

TEST(RetryRule, leaves_to_the_client_what_the_client_retries) {
  for (const ErrorKind kind : {ErrorKind::connect, ErrorKind::timeout, ErrorKind::conflict,
                               ErrorKind::rate_limit, ErrorKind::server, ErrorKind::http_status}) {
    ErrorDetails details;
    details.retryable = false;
    EXPECT_FALSE(is_worth_a_retry(failure_of(kind, details))) << to_string(kind);
    details.retryable = true;  // thrown by a step that has no client
    EXPECT_TRUE(is_worth_a_retry(failure_of(kind, details))) << to_string(kind);
    details.attempts.emplace_back();
    EXPECT_FALSE(is_worth_a_retry(failure_of(kind, details))) << to_string(kind);
  }
}

TEST(RetryRule, never_retries_what_stays_wrong) {
  ErrorDetails details;
  details.retryable = true;
  for (const ErrorKind kind :
       {ErrorKind::cancelled, ErrorKind::config, ErrorKind::prompt, ErrorKind::bad_request,
        ErrorKind::authentication, ErrorKind::permission_denied, ErrorKind::not_found,
        ErrorKind::unprocessable_entity, ErrorKind::quota_exceeded, ErrorKind::context_length,
        ErrorKind::content_filter, ErrorKind::tls, ErrorKind::too_large})
    EXPECT_FALSE(is_worth_a_retry(failure_of(kind, details))) << to_string(kind);
}

TEST(RetryRule, waits_longer_each_time_up_to_the_longest) {
  RetryOptions options;  // 1 s, doubled, and up to 1 s more
  EXPECT_EQ(backoff_of(options, 1, 0.0), 1s);
  EXPECT_EQ(backoff_of(options, 1, 1.0), 2s);
  EXPECT_EQ(backoff_of(options, 2, 0.5), 2500ms);
  EXPECT_EQ(backoff_of(options, 3, 0.0), 4s);
  EXPECT_EQ(backoff_of(options, 7, 0.0), 60s);
  EXPECT_EQ(backoff_of(options, 100'000, 1.0), 60s);
  EXPECT_EQ(backoff_of(options, 1, std::numeric_limits<double>::quiet_NaN()), 1s);
  options.exp_base = 3;
  EXPECT_EQ(backoff_of(options, 3, 0.0), 9s);
  options.exp_base = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(backoff_of(options, 3, 0.0), 0s);
  options = RetryOptions();
  options.max = -1s;
  EXPECT_EQ(backoff_of(options, 3, 0.0), 0s);
  options = RetryOptions();
  options.initial = -5s;
  EXPECT_EQ(backoff_of(options, 3, 0.0), 0s);
  options = RetryOptions();
  options.max = RetryOptions::duration::max();
  EXPECT_EQ(backoff_of(options, 100'000, 0.0), RetryOptions::duration::max());
  options.wait_exponential_jitter = false;
  EXPECT_EQ(backoff_of(options, 1, 1.0), 0s);
}

TEST(RetryRule, honours_a_longer_advice) {
  ErrorDetails details;
  details.retryable = true;
  details.retry_after = 90s;
  const Failure limited = failure_of(ErrorKind::rate_limit, details);
  EXPECT_EQ(wait_before_retry({}, limited, 1, no_deadline, 0.0), 90s);
  EXPECT_EQ(wait_before_retry({.initial = 100s, .max = 200s}, limited, 1, no_deadline, 0.0), 100s);
  EXPECT_EQ(wait_before_retry({.wait_exponential_jitter = false}, limited, 1, no_deadline, 0.0), 90s);
}

TEST(RetryRule, ends_with_the_last_attempt_or_the_deadline) {
  const Failure failure = failure_of(ErrorKind::output_parser);
  EXPECT_EQ(wait_before_retry({.stop_after_attempt = 2}, failure, 1, no_deadline, 0.0), 1s);
  EXPECT_FALSE(wait_before_retry({.stop_after_attempt = 2}, failure, 2, no_deadline, 0.0));
  EXPECT_FALSE(wait_before_retry({.stop_after_attempt = 1}, failure, 1, no_deadline, 0.0));
  EXPECT_EQ(wait_before_retry({}, failure, 1, 1001ms, 0.0), 1s);
  EXPECT_FALSE(wait_before_retry({}, failure, 1, 1s, 0.0));
  EXPECT_FALSE(wait_before_retry({.initial = 0s, .jitter = 0s}, failure, 1, 0s, 0.0));
  EXPECT_FALSE(wait_before_retry({.initial = 0s, .jitter = 0s}, failure, 1, -1s, 0.0));
}

TEST(RetryRule, the_user_decides_but_not_over_a_cancel) {
  constexpr auto always = [](const Failure&) { return true; };
  constexpr auto never = [](const Failure&) { return false; };
  EXPECT_TRUE(wait_before_retry({.retry_if = always}, failure_of(ErrorKind::bad_request), 1, no_deadline, 0));
  EXPECT_FALSE(wait_before_retry({.retry_if = never}, failure_of(ErrorKind::truncated), 1, no_deadline, 0));
  EXPECT_FALSE(wait_before_retry({.retry_if = always}, failure_of(ErrorKind::cancelled), 1, no_deadline, 0));
}

}  // namespace
}  // namespace corochain::detail::retry_rule_test
