// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/error.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <chrono>
#include <map>
#include <set>
#include <typeindex>

namespace corochain::error_test {
namespace {

using namespace std::chrono_literals;
using condition = ErrorCondition;

/// Every kind except other.
std::vector<ErrorKind> all_kinds() {
  std::vector<ErrorKind> kinds;
  for (int kind = 1; kind < static_cast<int>(ErrorKind::other); ++kind)
    kinds.push_back(static_cast<ErrorKind>(kind));
  return kinds;
}

/// The dynamic type of the exception of throw_error.
std::type_index thrown_type(ErrorKind kind) {
  try {
    throw_error(kind, "message");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    EXPECT_STREQ(error.what(), "message");
    return typeid(error);
  }
}

template <class T>
class error_type : public ::testing::Test {};
using all_types =
    ::testing::Types<ConnectError, TlsError, TimeoutError, CancelledError, ProtocolError, TruncatedError,
                     TooLargeError, HttpStatusError, BadRequestError, AuthenticationError,
                     PermissionDeniedError, NotFoundError, ConflictError, UnprocessableEntityError,
                     RateLimitError, QuotaExceededError, ContextLengthError, ContentFilterError, ServerError,
                     ResponseFormatError, OutputParserError, PromptError, ConfigError>;
TYPED_TEST_SUITE(error_type, all_types);

TYPED_TEST(error_type, has_its_kind_text_and_code) {
  const TypeParam error("what happened");
  EXPECT_EQ(error.kind(), TypeParam::static_kind);
  EXPECT_STREQ(error.what(), "what happened");
  if (error.kind() == ErrorKind::cancelled) return;
  EXPECT_EQ(error.code(), TypeParam::static_kind);
  EXPECT_EQ(error.code().category(), error_category());
  EXPECT_EQ(error.code().message(), to_string(TypeParam::static_kind));
}

TYPED_TEST(error_type, is_thrown_for_its_kind) {
  EXPECT_EQ(thrown_type(TypeParam::static_kind), std::type_index(typeid(TypeParam)));
  EXPECT_THROW(std::rethrow_exception(make_error(TypeParam::static_kind, "message")), TypeParam);
}

TYPED_TEST(error_type, is_caught_as_each_of_its_bases) {
  const auto thrown = [] { throw TypeParam("message"); };
  EXPECT_THROW(thrown(), TypeParam);
  EXPECT_THROW(thrown(), Error);
  EXPECT_THROW(thrown(), boost::system::system_error);
  EXPECT_THROW(thrown(), std::exception);
}

TYPED_TEST(error_type, copies_cheaply_and_without_a_throw) {
  static_assert(std::is_nothrow_copy_constructible_v<TypeParam>);
  static_assert(std::is_nothrow_copy_assignable_v<TypeParam>);
  ErrorDetails details;
  details.server_message = "server text";
  const TypeParam error("message", details);
  const TypeParam copy = error;
  EXPECT_EQ(&copy.details(), &error.details());
  EXPECT_EQ(copy.what(), error.what());  // the same address: nothing was copied
  TypeParam assigned("other");
  assigned = error;
  EXPECT_STREQ(assigned.what(), "message");
}

TYPED_TEST(error_type, keeps_server_text_out_of_its_own) {
  ErrorDetails details;
  details.server_message = details.server_code = details.param = details.text = details.request_id =
      "FOREIGN";
  details.categories = details.expected = details.received = {"FOREIGN"};
  const TypeParam error("our text", details);
  EXPECT_STREQ(error.what(), "our text");
  EXPECT_EQ(std::string(error.code().message()).find("FOREIGN"), std::string::npos);
  EXPECT_EQ(error.server_message(), "FOREIGN");
}

TEST(error, has_a_type_of_its_own_for_each_kind) {
  std::set<std::type_index> types;
  for (const ErrorKind kind : all_kinds()) types.insert(thrown_type(kind));
  EXPECT_EQ(types.size(), all_kinds().size());
  EXPECT_FALSE(types.contains(typeid(Error)));
  EXPECT_EQ(all_kinds().size(), 23u);
  EXPECT_EQ(thrown_type(ErrorKind::other), std::type_index(typeid(Error)));
}

TEST(error, has_a_name_of_its_own_for_each_kind_and_phase) {
  std::set<std::string> names;
  for (const ErrorKind kind : all_kinds()) names.insert(to_string(kind));
  EXPECT_EQ(names.size(), all_kinds().size());
  EXPECT_FALSE(names.contains("unknown") || names.contains("other"));
  EXPECT_STREQ(to_string(ErrorKind::rate_limit), "rate_limit");
  EXPECT_STREQ(to_string(ErrorKind::other), "other");
  std::set<std::string> phases;
  for (int phase = 0; phase <= static_cast<int>(Phase::run); ++phase)
    phases.insert(to_string(static_cast<Phase>(phase)));
  EXPECT_EQ(phases.size(), static_cast<std::size_t>(Phase::run) + 1);
  EXPECT_FALSE(phases.contains("unknown"));
}

TEST(error, hierarchy_is_that_of_http) {
  static_assert(std::derived_from<BadRequestError, HttpStatusError>);
  static_assert(std::derived_from<AuthenticationError, HttpStatusError>);
  static_assert(std::derived_from<PermissionDeniedError, HttpStatusError>);
  static_assert(std::derived_from<NotFoundError, HttpStatusError>);
  static_assert(std::derived_from<ConflictError, HttpStatusError>);
  static_assert(std::derived_from<UnprocessableEntityError, HttpStatusError>);
  static_assert(std::derived_from<RateLimitError, HttpStatusError>);
  static_assert(std::derived_from<QuotaExceededError, RateLimitError>);
  static_assert(std::derived_from<ContextLengthError, BadRequestError>);
  static_assert(std::derived_from<ContentFilterError, HttpStatusError>);
  static_assert(std::derived_from<ServerError, HttpStatusError>);
  static_assert(!std::derived_from<TimeoutError, CancelledError> &&
                !std::derived_from<CancelledError, TimeoutError>);
  static_assert(!std::derived_from<ConnectError, HttpStatusError>);
  EXPECT_THROW(throw_error(ErrorKind::quota_exceeded, "m"), RateLimitError);
  EXPECT_THROW(throw_error(ErrorKind::quota_exceeded, "m"), HttpStatusError);
  EXPECT_THROW(throw_error(ErrorKind::context_length, "m"), BadRequestError);
  EXPECT_THROW(throw_error(ErrorKind::content_filter, "m"), HttpStatusError);
}

TEST(error, that_was_cancelled_has_the_code_of_asio) {
  const CancelledError error("stopped");
  EXPECT_EQ(error.code(), boost::asio::error::operation_aborted);
  EXPECT_EQ(error.code(), boost::system::errc::operation_canceled);
  EXPECT_EQ(error.code(), condition::cancelled);
  EXPECT_NE(error.code(), condition::timeout);
  EXPECT_EQ(error.kind(), ErrorKind::cancelled);
}

TEST(error, that_timed_out_is_not_cancelled) {
  const TimeoutError error("too late");
  EXPECT_EQ(error.code(), condition::timeout);
  EXPECT_EQ(error.code(), boost::system::errc::timed_out);
  EXPECT_NE(error.code(), condition::cancelled);
  EXPECT_NE(error.code(), boost::asio::error::operation_aborted);
}

TEST(error, codes_belong_to_the_conditions_of_their_kind) {
  const std::map<ErrorKind, std::set<condition>> belongs = {
      {ErrorKind::connect, {condition::connection}},
      {ErrorKind::tls, {condition::connection}},
      {ErrorKind::timeout, {condition::timeout}},
      {ErrorKind::cancelled, {condition::cancelled}},
      {ErrorKind::protocol, {condition::connection}},
      {ErrorKind::truncated, {condition::connection}},
      {ErrorKind::too_large, {condition::bad_answer}},
      {ErrorKind::http_status, {condition::rejected}},
      {ErrorKind::bad_request, {condition::rejected}},
      {ErrorKind::authentication, {condition::rejected}},
      {ErrorKind::permission_denied, {condition::rejected}},
      {ErrorKind::not_found, {condition::rejected}},
      {ErrorKind::conflict, {condition::rejected}},
      {ErrorKind::unprocessable_entity, {condition::rejected}},
      {ErrorKind::rate_limit, {condition::overloaded, condition::rejected}},
      {ErrorKind::quota_exceeded, {condition::rejected}},
      {ErrorKind::context_length, {condition::rejected}},
      {ErrorKind::content_filter, {condition::bad_answer}},
      {ErrorKind::server, {condition::overloaded}},
      {ErrorKind::response_format, {condition::bad_answer}},
      {ErrorKind::output_parser, {condition::bad_answer}},
      {ErrorKind::prompt, {condition::bad_input}},
      {ErrorKind::config, {condition::bad_input}},
  };
  ASSERT_EQ(belongs.size(), all_kinds().size());
  for (const auto& [kind, groups] : belongs) {
    const boost::system::error_code code = make_error_code(kind);
    boost::system::error_code thrown;
    try {
      throw_error(kind, "message");
    } catch (const Error& error) {
      thrown = error.code();
    }
    for (int each = 1; each <= static_cast<int>(condition::bad_input); ++each) {
      const auto group = static_cast<condition>(each);
      EXPECT_EQ(code == group, groups.contains(group)) << to_string(kind) << ' ' << each;
      EXPECT_EQ(thrown == group, groups.contains(group)) << to_string(kind) << ' ' << each;
    }
  }
}

TEST(error, conditions_hold_for_codes_of_asio_too) {
  const boost::system::error_code aborted = boost::asio::error::operation_aborted;
  const boost::system::error_code timed_out = boost::asio::error::timed_out;
  const boost::system::error_code refused = boost::asio::error::connection_refused;
  EXPECT_EQ(aborted, condition::cancelled);
  EXPECT_NE(aborted, condition::timeout);
  EXPECT_EQ(timed_out, condition::timeout);
  EXPECT_NE(timed_out, condition::cancelled);
  EXPECT_NE(refused, condition::cancelled);
  EXPECT_NE(boost::system::error_code(), condition::cancelled);
  EXPECT_NE(make_error_code(ErrorKind::other), condition::rejected);
}

TEST(error, categories_and_conditions_have_names) {
  EXPECT_STREQ(error_category().name(), "corochain");
  std::set<std::string> names;
  for (int each = 1; each <= static_cast<int>(condition::bad_input); ++each)
    names.insert(make_error_condition(static_cast<condition>(each)).message());
  EXPECT_EQ(names.size(), static_cast<std::size_t>(condition::bad_input));
  EXPECT_NE(error_category(), condition_category());
}

TEST(error, tells_what_is_known_of_the_call) {
  ErrorDetails details;
  details.retryable = true;
  details.http_status = 429;
  details.request_id = "id-1";
  details.retry_after = 5s;
  details.attempts.resize(2);
  details.server_message = "slow down";
  details.server_code = "RateLimitReached";
  details.cause = boost::asio::error::eof;
  const RateLimitError error("the service is overloaded", details);
  EXPECT_TRUE(error.retryable());
  EXPECT_EQ(error.http_status(), 429);
  EXPECT_EQ(error.request_id(), "id-1");
  EXPECT_EQ(error.retry_after(), 5s);
  EXPECT_EQ(error.attempts().size(), 2u);
  EXPECT_EQ(error.server_message(), "slow down");
  EXPECT_EQ(error.server_code(), "RateLimitReached");
  EXPECT_EQ(error.cause(), boost::asio::error::eof);
}

TEST(error, knows_nothing_by_default) {
  const ServerError error("m");
  EXPECT_EQ(error.http_status(), 0);
  EXPECT_EQ(error.request_id(), "");
  EXPECT_EQ(error.retry_after(), std::nullopt);
  EXPECT_TRUE(error.attempts().empty());
  EXPECT_FALSE(error.cause().failed());
  EXPECT_EQ(TimeoutError("m").phase(), Phase::none);
  EXPECT_EQ(ConnectError("m").problem(), ConnectProblem::none);
  EXPECT_EQ(PromptError("m").column(), std::nullopt);
}

TEST(error, is_retryable_by_its_kind) {
  EXPECT_TRUE(RateLimitError("slow down").retryable());
  EXPECT_TRUE(ServerError("down").retryable());
  EXPECT_TRUE(ConnectError("refused").retryable());
  EXPECT_TRUE(ConflictError("again").retryable());
  EXPECT_FALSE(QuotaExceededError("empty").retryable()) << "a rate limit that waiting does not end";
  EXPECT_FALSE(BadRequestError("wrong").retryable());
  EXPECT_FALSE(Error(ErrorKind::other, "unknown").retryable());
  EXPECT_FALSE(Error(static_cast<ErrorKind>(99), "unknown").retryable());
  try {
    throw_error(ErrorKind::rate_limit, "slow down");
  } catch (const Error& error) {
    EXPECT_TRUE(error.retryable());
  }
  ErrorDetails advised;
  advised.retry_after = 5s;
  EXPECT_TRUE(RateLimitError("slow down", advised).retryable());
}

TEST(error, is_retryable_as_its_details_say) {
  ErrorDetails no, yes;
  no.retryable = false;
  yes.retryable = true;
  EXPECT_FALSE(RateLimitError("slow down", no).retryable());
  EXPECT_TRUE(BadRequestError("wrong", yes).retryable());
  // A copy of an error's details says the same of another kind.
  EXPECT_FALSE(ServerError("down", RateLimitError("slow down", no).details()).retryable());
}

TEST(error, timeout_is_retryable_before_the_request_was_sent) {
  for (const Phase phase : {Phase::none, Phase::queued, Phase::limited, Phase::send, Phase::first_byte,
                            Phase::body, Phase::stream, Phase::batch, Phase::run}) {
    ErrorDetails details;
    details.phase = phase;
    EXPECT_FALSE(TimeoutError("late", details).retryable()) << to_string(phase);
  }
  for (const Phase phase : {Phase::resolve, Phase::connect, Phase::proxy, Phase::tls_handshake}) {
    ErrorDetails details;
    details.phase = phase;
    EXPECT_TRUE(TimeoutError("late", details).retryable()) << to_string(phase);
  }
}

TEST(error, types_tell_what_is_theirs) {
  ErrorDetails details;
  details.phase = Phase::first_byte;
  details.connect_problem = ConnectProblem::refused;
  details.text = "half an ans";
  details.param = "temperature";
  details.categories = {"violence"};
  details.usage.emplace().total_tokens = 7;
  details.message_index = 1;
  details.column = 5;
  details.expected = {"a"};
  details.received = {"b"};
  EXPECT_EQ(TimeoutError("m", details).phase(), Phase::first_byte);
  EXPECT_EQ(ConnectError("m", details).problem(), ConnectProblem::refused);
  EXPECT_EQ(TruncatedError("m", details).partial_text(), "half an ans");
  EXPECT_EQ(OutputParserError("m", details).text(), "half an ans");
  EXPECT_EQ(BadRequestError("m", details).param(), "temperature");
  EXPECT_EQ(ContextLengthError("m", details).param(), "temperature");
  const ContentFilterError filtered("m", details);
  EXPECT_EQ(filtered.categories(), details.categories);
  EXPECT_EQ(filtered.partial_text(), "half an ans");
  ASSERT_TRUE(filtered.usage());
  EXPECT_EQ(filtered.usage()->total_tokens, 7);
  const PromptError prompt("m", details);
  EXPECT_EQ(prompt.message_index(), 1u);
  EXPECT_EQ(prompt.column(), 5u);
  EXPECT_EQ(prompt.expected(), details.expected);
  EXPECT_EQ(prompt.received(), details.received);
}

}  // namespace
}  // namespace corochain::error_test
