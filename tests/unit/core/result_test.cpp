// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/result.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>

namespace corochain::result_test {
namespace {

using namespace std::chrono_literals;

struct no_exception_at_all {
  int number;
};

template <class E>
Failure failure_of(E error) {
  return Failure(std::make_exception_ptr(std::move(error)));
}

RateLimitError rate_limit() {
  ErrorDetails details;
  details.retryable = true;
  details.http_status = 429;
  details.request_id = "id-1";
  details.retry_after = 5s;
  return RateLimitError("too many requests", details);
}

TEST(failure, of_an_error_answers_without_a_throw) {
  const Failure failure = failure_of(rate_limit());
  EXPECT_EQ(failure.kind(), ErrorKind::rate_limit);
  EXPECT_TRUE(failure.retryable());
  EXPECT_EQ(failure.http_status(), 429);
  EXPECT_EQ(failure.request_id(), "id-1");
  EXPECT_EQ(failure.retry_after(), 5s);
  EXPECT_EQ(failure.message(), "too many requests");
  ASSERT_NE(failure.error(), nullptr);
  EXPECT_EQ(failure.error()->details().http_status, 429);
  EXPECT_NE(failure.exception(), nullptr);
}

/// An exception of a program, with a member of its own.
struct order_error : std::runtime_error {
  explicit order_error(int wanted) : runtime_error("no such order"), number(wanted) {}
  int number;
};

TEST(failure, keeps_the_type_of_an_error) {
  ErrorDetails details;
  details.phase = Phase::first_byte;
  const Failure failure = failure_of(TimeoutError("late", details));
  const auto* const late = failure.as<TimeoutError>();
  ASSERT_NE(late, nullptr);
  EXPECT_EQ(late->phase(), Phase::first_byte);
  EXPECT_EQ(failure.phase(), Phase::first_byte);
  const Error& whole = *failure.error();
  EXPECT_EQ(typeid(whole), typeid(TimeoutError)) << "no slice";
  EXPECT_EQ(failure.as<Error>(), failure.error());
  EXPECT_EQ(failure.as<std::exception>(), failure.error());
  EXPECT_EQ(failure.as<ConnectError>(), nullptr);
  EXPECT_EQ(failure.as<std::logic_error>(), nullptr);
}

TEST(failure, finds_the_base_of_an_error) {
  const Failure failure = failure_of(QuotaExceededError("empty"));
  EXPECT_NE(failure.as<QuotaExceededError>(), nullptr);
  EXPECT_NE(failure.as<RateLimitError>(), nullptr);
  EXPECT_NE(failure.as<HttpStatusError>(), nullptr);
  EXPECT_NE(failure.as<boost::system::system_error>(), nullptr);
  EXPECT_EQ(failure.as<ServerError>(), nullptr);
}

TEST(failure, keeps_the_type_of_a_program_s_own_exception) {
  const Failure failure = failure_of(order_error(17));
  ASSERT_NE(failure.as<order_error>(), nullptr);
  EXPECT_EQ(failure.as<order_error>()->number, 17);
  EXPECT_NE(failure.as<std::runtime_error>(), nullptr);
  EXPECT_EQ(failure.as<Error>(), nullptr);
  EXPECT_EQ(failure_of(no_exception_at_all{7}).as<std::exception>(), nullptr);
  EXPECT_EQ(Failure().as<Error>(), nullptr);
}

TEST(failure, gives_the_exception_itself_and_keeps_it_alive) {
  const order_error* found = nullptr;
  std::optional<Failure> kept;
  {
    const Failure failure = failure_of(order_error(17));
    found = failure.as<order_error>();
    kept = failure;
    try {
      failure.rethrow();
    } catch (const order_error& original) {
      EXPECT_EQ(&original, found);
    }
  }
  EXPECT_EQ(kept->as<order_error>(), found);
  EXPECT_EQ(found->number, 17);
}

TEST(failure, tells_what_the_types_tell) {
  ErrorDetails details;
  details.text = "half an ans";
  details.connect_problem = ConnectProblem::refused;
  details.categories = {"violence"};
  details.server_message = "no";
  details.server_code = "code";
  details.param = "temperature";
  details.usage.emplace().total_tokens = 7;
  details.attempts.resize(2);
  const Failure failure(make_error(ErrorKind::content_filter, "filtered", details));
  EXPECT_EQ(failure.text(), "half an ans");
  EXPECT_EQ(failure.partial_text(), "half an ans");
  EXPECT_EQ(failure.problem(), ConnectProblem::refused);
  EXPECT_EQ(failure.categories(), details.categories);
  EXPECT_EQ(failure.server_message(), "no");
  EXPECT_EQ(failure.server_code(), "code");
  EXPECT_EQ(failure.param(), "temperature");
  EXPECT_EQ(failure.usage()->total_tokens, 7);
  EXPECT_EQ(failure.attempts().size(), 2u);
  const Failure other = failure_of(std::out_of_range("index 7"));
  EXPECT_EQ(other.phase(), Phase::none);
  EXPECT_EQ(other.text(), "");
  EXPECT_EQ(other.problem(), ConnectProblem::none);
  EXPECT_TRUE(other.categories().empty());
}

TEST(failure, of_a_standard_exception_is_other) {
  const Failure failure = failure_of(std::out_of_range("index 7"));
  EXPECT_EQ(failure.kind(), ErrorKind::other);
  EXPECT_FALSE(failure.retryable());
  EXPECT_EQ(failure.http_status(), 0);
  EXPECT_EQ(failure.request_id(), "");
  EXPECT_EQ(failure.retry_after(), std::nullopt);
  EXPECT_EQ(failure.message(), "index 7");
  EXPECT_EQ(failure.error(), nullptr);
}

TEST(failure, of_an_unknown_type_is_other) {
  const Failure failure = failure_of(no_exception_at_all{7});
  EXPECT_EQ(failure.kind(), ErrorKind::other);
  EXPECT_FALSE(failure.message().empty());
  EXPECT_EQ(failure.error(), nullptr);
  try {
    failure.rethrow();
  } catch (const no_exception_at_all& original) {
    EXPECT_EQ(original.number, 7);
  }
}

TEST(failure, throws_the_original_again_and_again) {
  const Failure failure = failure_of(rate_limit());
  const Failure copy = failure;
  EXPECT_THROW(failure.rethrow(), RateLimitError);
  EXPECT_THROW(copy.rethrow(), RateLimitError);
  EXPECT_EQ(&copy.message(), &failure.message());
  EXPECT_THROW(failure_of(std::out_of_range("x")).rethrow(), std::out_of_range);
}

TEST(failure, by_default_is_none) {
  const Failure none;
  EXPECT_EQ(none.kind(), ErrorKind::other);
  EXPECT_FALSE(none.retryable());
  EXPECT_EQ(none.http_status(), 0);
  EXPECT_EQ(none.retry_after(), std::nullopt);
  EXPECT_EQ(none.request_id(), "");
  EXPECT_FALSE(none.message().empty());
  EXPECT_EQ(none.error(), nullptr);
  EXPECT_EQ(none.exception(), nullptr);
  EXPECT_THROW(none.rethrow(), std::logic_error);
}

TEST(result, holds_a_value) {
  Result<std::string> result = std::string("answer");
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(result.value(), "answer");
  EXPECT_EQ(*result, "answer");
  EXPECT_EQ(result->size(), 6u);
  EXPECT_EQ(result.error().exception(), nullptr);
  const std::string taken = std::move(result).value();
  EXPECT_EQ(taken, "answer");
}

TEST(result, throws_the_original_exception_for_its_value) {
  const Result<int> failed = failure_of(rate_limit());
  EXPECT_FALSE(failed);
  EXPECT_TRUE(failed.has_error());
  EXPECT_EQ(failed.error().kind(), ErrorKind::rate_limit);
  try {
    (void)failed.value();
    ADD_FAILURE();
  } catch (const RateLimitError& error) {
    EXPECT_EQ(typeid(error), typeid(RateLimitError));
    EXPECT_EQ(error.http_status(), 429);
  }
  EXPECT_THROW((void)Result<int>(failure_of(std::out_of_range("x"))).value(), std::out_of_range);
  EXPECT_THROW((void)Result<std::string>(failure_of(no_exception_at_all{1})).value(), no_exception_at_all);
}

TEST(result, may_have_no_value_at_all) {
  const Result<void> good;
  EXPECT_TRUE(good);
  EXPECT_NO_THROW(good.value());
  const Result<void> bad = failure_of(ServerError("down"));
  EXPECT_FALSE(bad);
  EXPECT_THROW(bad.value(), ServerError);
}

TEST(result, carries_what_can_only_be_moved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  ASSERT_TRUE(result);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

}  // namespace
}  // namespace corochain::result_test
