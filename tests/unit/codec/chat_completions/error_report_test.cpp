// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/error_report.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace corochain::codec::error_report_test {
namespace {

TEST(error_report, finds_the_message_in_every_wrapping) {
  for (const char* text : {
           R"({"error":{"message":"said"}})",
           R"({"error":"said"})",
           R"([{"error":{"message":"said"}}])",
           R"({"object":"error","message":"said"})",
           R"({"error_message":"said","error_type":"t"})",
           R"({"detail":"said"})",
           R"({"detail":[{"loc":["body"],"msg":"said","type":"missing"}]})",
           R"({"message":{"detail":[{"msg":"said"}]}})",
           R"({"error":{"message":{"message":"said"}}})",
           R"({"errors":[{"message":"said"}]})",
           R"({"choices":[{"index":0,"delta":{},"error":{"message":"said"}}]})",
           R"({"message":"beside","error":{"message":"said"}})",
           R"({"error":{"message":"said"},"message":"beside"})",
       }) {
    const error_report report = read_error_report(text);
    EXPECT_EQ(report.message, "said") << text;
    EXPECT_TRUE(report.found) << text;
  }
}

TEST(error_report, a_text_as_error_leaves_what_stands_beside_it) {
  EXPECT_EQ(status_of(read_error_report(R"({"error":"invalid key","code":401})")), 401);
  EXPECT_EQ(status_of(read_error_report(R"({"code":429,"error":"slow down"})")), 429);
  EXPECT_EQ(read_error_report(R"({"error":"busy","error_type":"overloaded"})").type, "overloaded");
  EXPECT_EQ(read_error_report(R"({"object":"error","message":"said","error":""})").message, "said");
}

TEST(error_report, takes_what_is_no_error_as_the_message) {
  for (const char* text : {"", "canary", "<html>no</html>", "[]", "{}", R"({"choices":[]})", "5"}) {
    const error_report report = read_error_report(text);
    EXPECT_EQ(report.message, text);
    EXPECT_FALSE(report.found) << text;
  }
}

TEST(error_report, knows_the_status_that_an_error_stands_for) {
  const auto status = [](const std::string& fields) {
    return status_of(read_error_report(R"({"error":{"message":"m",)" + fields + "}}"));
  };
  EXPECT_EQ(status(R"("code":429)"), 429);
  EXPECT_EQ(status(R"("code":"503")"), 503);
  EXPECT_EQ(status(R"("code":400,"status":"INVALID_ARGUMENT")"), 400);
  EXPECT_EQ(status(R"("status":429)"), 429);
  EXPECT_EQ(status(R"("status":"RESOURCE_EXHAUSTED")"), 429);
  EXPECT_EQ(status(R"("code":"rate_limit_exceeded")"), 429);
  EXPECT_EQ(status(R"("type":"RateLimitError")"), 429);
  EXPECT_EQ(status(R"("type":"overloaded_error")"), 503);
  EXPECT_EQ(status(R"("code":"context_length_exceeded","type":"invalid_request_error")"), 400);
  EXPECT_EQ(status(R"("type":"authentication_error")"), 401);
  EXPECT_EQ(status(R"("type":"permission_error")"), 403);
  EXPECT_EQ(status(R"("type":"not_found_error")"), 404);
  EXPECT_EQ(status(R"("code":200)"), 500);
  EXPECT_EQ(status(R"("code":"something new")"), 500);
  EXPECT_EQ(status(R"("code":null)"), 500);
}

TEST(error_report, knows_every_word_for_a_status) {
  const struct {
    int status;
    std::vector<const char*> words;
  } cases[] = {
      {429, {"insufficient_quota", "billing_not_active", "rate_limit_exceeded", "RateLimitReached"}},
      {429, {"RESOURCE_EXHAUSTED", "too_many_requests", "TooManyRequests"}},
      {503, {"overloaded_error", "UNAVAILABLE", "ServiceUnavailable"}},
      {400, {"content_filter", "content_policy_violation", "context_length_exceeded"}},
      {400, {"exceed_context_size_error", "invalid_request_error", "INVALID_ARGUMENT"}},
      {400, {"BadRequestError", "bad_request", "FAILED_PRECONDITION"}},
      {401, {"authentication_error", "UNAUTHENTICATED", "Unauthorized", "invalid_api_key"}},
      {403, {"PermissionDenied", "PERMISSION_DENIED", "Forbidden"}},
      {404, {"not_found_error", "DeploymentNotFound"}},
      {504, {"DEADLINE_EXCEEDED", "timeout_error"}},
  };
  for (const auto& expected : cases)
    for (const std::string word : expected.words)
      for (const char* field : {"code", "type", "status"})
        EXPECT_EQ(
            status_of(read_error_report(R"({"error":{")" + std::string(field) + "\":\"" + word + "\"}}")),
            expected.status)
            << field << ' ' << word;
}

TEST(error_report, lists_the_fields_that_are_complained_of) {
  const error_report report = read_error_report(
      R"({"detail":[{"type":"missing","loc":["body","messages",0,"content"],"msg":"Field required","input":{"msg":"x"}},
                    {"loc":["query","k"],"msg":"no","type":"value_error"},{"msg":"nowhere"},{"loc":"stop","msg":"bad"}]})");
  ASSERT_EQ(report.complaints.size(), 3u);
  EXPECT_EQ(report.complaints[0].field, "messages[0].content");
  EXPECT_EQ(report.complaints[0].text, "missing Field required ");
  EXPECT_EQ(report.complaints[1].field, "query.k");
  EXPECT_EQ(report.complaints[1].text, "no value_error ");
  EXPECT_EQ(report.complaints[2].field, "stop");
  EXPECT_EQ(report.param, "messages[0].content");
  EXPECT_EQ(report.message, "Field required");
}

TEST(error_report, bounds_complaints) {
  std::string body = R"({"error":{"message":[)";
  for (int i = 0; i < 100; ++i) {
    if (i > 0) body += ',';
    body +=
        R"({"loc":["body",")" + std::string(300, 'a') + R"(","b"],"msg":")" + std::string(9000, 'm') + "\"}";
  }
  const error_report report = read_error_report(body + "]}}");
  EXPECT_EQ(report.complaints.size(), 16u);
  for (const field_complaint& each : report.complaints) {
    EXPECT_LE(each.field.size(), 256u);
    EXPECT_LE(each.text.size(), 300u);
  }
}

}  // namespace
}  // namespace corochain::codec::error_report_test
