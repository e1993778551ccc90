// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/detail/throw_last.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "corochain/core/error.hpp"

namespace corochain::throw_last_test {
namespace {

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

TEST(throw_last, of_one_failure_is_that_failure_itself) {
  const auto only = std::make_exception_ptr(std::out_of_range("only"));
  try {
    detail::throw_last_with({only});
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "only");
    EXPECT_EQ(std::current_exception(), only);
  }
}

TEST(throw_last, keeps_the_last_and_attaches_the_others) {
  ErrorDetails details;
  details.http_status = 503;
  details.retryable = true;
  const auto first = std::make_exception_ptr(std::runtime_error("first"));
  const auto second = make_error(ErrorKind::rate_limit, "second");
  const auto last = make_error(ErrorKind::server, "last", details);
  try {
    detail::throw_last_with({first, second, last});
    FAIL();
  } catch (const ServerError& error) {
    EXPECT_STREQ(error.what(), "last");
    EXPECT_EQ(error.kind(), ErrorKind::server);
    EXPECT_EQ(error.http_status(), 503);
    EXPECT_TRUE(error.retryable());
    ASSERT_EQ(error.earlier().size(), 2u);
    EXPECT_EQ(error.earlier()[0], first);
    EXPECT_EQ(error.earlier()[1], second);
  }
}

TEST(throw_last, earlier_failures_of_the_last_come_after_the_others) {
  ErrorDetails details;
  details.earlier.push_back(std::make_exception_ptr(std::runtime_error("inner")));
  try {
    detail::throw_last_with({std::make_exception_ptr(std::runtime_error("outer")),
                             make_error(ErrorKind::timeout, "last", details)});
    FAIL();
  } catch (const TimeoutError& error) {
    ASSERT_EQ(error.earlier().size(), 2u);
    EXPECT_EQ(text_of(error.earlier()[0]), "outer");
    EXPECT_EQ(text_of(error.earlier()[1]), "inner");
  }
}

TEST(throw_last, a_foreign_last_failure_is_an_error_with_all) {
  const auto first = make_error(ErrorKind::server, "first");
  const auto last = std::make_exception_ptr(std::runtime_error("secret text"));
  try {
    detail::throw_last_with({first, last});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(typeid(error), typeid(Error));
    EXPECT_EQ(error.kind(), ErrorKind::other);
    EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("all 2 alternatives"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("earlier()"), std::string::npos);
    ASSERT_EQ(error.earlier().size(), 2u);
    EXPECT_EQ(error.earlier()[0], first);
    EXPECT_EQ(error.earlier()[1], last);
  }
  EXPECT_THROW(detail::throw_last_with({first, std::make_exception_ptr(1)}), Error);
}

TEST(throw_last, of_nothing_is_the_callers_mistake) {
  EXPECT_THROW(detail::throw_last_with({}), ConfigError);
}

TEST(error, has_nothing_earlier_by_default) { EXPECT_TRUE(ServerError("m").earlier().empty()); }

}  // namespace
}  // namespace corochain::throw_last_test
