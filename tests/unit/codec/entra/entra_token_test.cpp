// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/entra/entra_token.hpp"

#include <gtest/gtest.h>

#include "corochain/core/error.hpp"
#include "support/broken_input.hpp"

namespace corochain::codec::entra_token_test {
namespace {
using namespace std::chrono_literals;
using clock = std::chrono::system_clock;

const clock::time_point now{std::chrono::seconds(1'700'000'000)};

granted_token read(std::string_view body, int status = 200) {
  return read_token_answer(status, test::exact_copy(body).view(), now);
}

/// Returns the error of an answer, which shows nothing of a token.
template <class E>
E error_of(std::string_view body, int status = 200) {
  try {
    read(body, status);
  } catch (const E& error) {
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
    EXPECT_EQ(error.http_status(), status);
    return error;
  }
  ADD_FAILURE() << "no such error: " << status << " " << body;
  return E("none", ErrorDetails());
}

TEST(entra_token, reads_the_end_as_number_or_text) {
  for (const char* end :
       {R"("expires_in":3599)", R"("expires_in":"3599")", R"("expires_in":3599.0)",
        R"("expires_on":1700003599)", R"("expires_on":"1700003599")", R"("expires_in":3599,"expires_on":1)",
        R"("expires_in":"soon","expires_on":1700003599)"}) {
    const granted_token granted =
        read(R"({"token_type":"Bearer","access_token":"canary",)" + std::string(end) + "}");
    EXPECT_EQ(granted.token.reveal(), "canary") << end;
    EXPECT_EQ(granted.expires_on, now + 3599s) << end;
  }
}

TEST(entra_token, believes_no_token_for_longer_than_a_year) {
  for (const char* end : {R"("expires_in":9223372036854775807)", R"("expires_in":"9223372036854775807")",
                          R"("expires_on":9223372036854775807)", R"("expires_on":"253402300799")"})
    EXPECT_EQ(read(R"({"access_token":"canary",)" + std::string(end) + "}").expires_on, now + 366 * 24h)
        << end;
  EXPECT_EQ(read(R"({"access_token":"canary","expires_on":1600000000})").expires_on,
            clock::time_point(std::chrono::seconds(1'600'000'000)));
}

TEST(entra_token, needs_a_token_and_its_end) {
  for (const char* body :
       {"", "canary", "[]", "null", "{}", R"({"access_token":""})", R"({"access_token":"canary"})",
        R"({"access_token":["canary"],"expires_in":1})", R"({"expires_in":3599})",
        R"({"access_token":null,"expires_in":1})", R"({"access_token":"canary","expires_in":0})",
        R"({"access_token":"canary","expires_in":-5})", R"({"access_token":"canary","expires_in":"1e3"})",
        R"({"access_token":"canary","expires_in":1.5})", R"({"access_token":"canary","expires_in":1)",
        R"({"inner":{"access_token":"canary","expires_in":1}})",
        R"({"access_token":"canary","expires_in":1e999})"})
    EXPECT_TRUE(error_of<ResponseFormatError>(body).server_message().empty()) << body;
}

TEST(entra_token, the_last_of_equal_members_counts) {
  EXPECT_EQ(read(R"({"access_token":"a","access_token":"b","expires_in":1})").token.reveal(), "b");
}

TEST(entra_token, tells_why_it_was_refused) {
  const auto error = error_of<AuthenticationError>(
      R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret for canary","error_codes":[7000215]})",
      401);
  EXPECT_NE(std::string(error.what()).find("AADSTS7000215)"), std::string::npos) << error.what();
  EXPECT_EQ(error.details().server_code, "invalid_client");
  EXPECT_NE(error.server_message().find("Invalid client secret"), std::string::npos);
  EXPECT_FALSE(error.retryable());
  EXPECT_EQ(error_of<AuthenticationError>("<html>canary</html>", 404).server_message(),
            "<html>canary</html>");
  EXPECT_EQ(error_of<AuthenticationError>(std::string(10'000, 'x'), 400).server_message().size(), 4096u);
  const auto odd = error_of<AuthenticationError>(
      R"({"error_description":"AADSTS canary AADSTS123456789012345678901234567890"})", 400);
  EXPECT_NE(std::string(odd.what()).find("(HTTP 400, AADSTS)"), std::string::npos) << odd.what();
}

TEST(entra_token, a_busy_endpoint_is_asked_again) {
  EXPECT_TRUE(error_of<RateLimitError>("{}", 429).retryable());
  EXPECT_TRUE(error_of<ServerError>("", 503).retryable());
  EXPECT_TRUE(error_of<ServerError>(R"({"error":"canary"})", 500).retryable());
}

TEST(entra_token, survives_every_prefix_and_every_changed_byte) {
  const std::string_view valid = R"({"token_type":"Bearer","expires_in":"3599","access_token":"canary"})";
  test::for_each_prefix(valid,
                        [](std::string_view text) { EXPECT_THROW(read(text), ResponseFormatError) << text; });
  test::for_each_changed_byte(valid, [](std::string_view text) {
    try {
      const granted_token granted = read(text);
      EXPECT_FALSE(granted.token.empty());
      EXPECT_GT(granted.expires_on, now);
    } catch (const ResponseFormatError&) {
    }
  });
}

TEST(form_body, encodes_names_and_values) {
  EXPECT_EQ(form_body({}), "");
  EXPECT_EQ(form_body({{"a", "b c"}, {"scope", "https://x/.default"}, {"n&=", "+%\n"}}),
            "a=b%20c&scope=https%3A%2F%2Fx%2F.default&n%26%3D=%2B%25%0A");
  EXPECT_EQ(form_body({{"secret", std::string_view("\0\xFF", 2)}}), "secret=%00%FF");
}

}  // namespace
}  // namespace corochain::codec::entra_token_test
