// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/error_body.hpp"

#include <gtest/gtest.h>

#include "core/utf8.hpp"
#include "support/broken_input.hpp"

namespace corochain::codec::error_body_test {
namespace {

using namespace std::chrono_literals;

header_fields some_headers() {
  header_fields headers;
  headers.add("apim-request-id", "req-1");
  return headers;
}

/// Reads an error, after checking what all errors share.
http_error read(int status, std::string_view body, const header_fields& headers = some_headers(),
                std::optional<ErrorDetails::duration> wait = std::nullopt) {
  http_error error = read_http_error(status, headers, test::exact_copy(body).view(), wait);
  EXPECT_EQ(error.details.http_status, status);
  EXPECT_EQ(error.details.request_id, "req-1");
  EXPECT_TRUE(error.details.answered);
  EXPECT_NE(error.message.find("HTTP " + std::to_string(status)), std::string::npos);
  EXPECT_NE(error.message.find("req-1"), std::string::npos);
  EXPECT_EQ(error.message.find("canary"), std::string::npos) << error.message;
  EXPECT_LE(error.details.server_message.size(), 4096u);
  EXPECT_EQ(detail::invalid_utf8_at(error.details.server_message), std::nullopt);
  return error;
}

std::string body_with(std::string_view code, std::string_view more = "") {
  return R"({"error":{"message":"canary text","code":")" + std::string(code) + "\"" + std::string(more) +
         "}}";
}

TEST(error_body, knows_kinds_and_whether_to_try_again) {
  const struct {
    int status;
    ErrorKind kind;
    bool retryable;
    std::string_view advice;
  } cases[] = {
      {400, ErrorKind::bad_request, false, "server_message()"},
      {401, ErrorKind::authentication, false, "check the key"},
      {402, ErrorKind::http_status, false, "billing"},
      {403, ErrorKind::permission_denied, false, "role"},
      {404, ErrorKind::not_found, false, "azure_deployment"},
      {405, ErrorKind::http_status, false, "refuses"},
      {407, ErrorKind::http_status, false, "proxy"},
      {408, ErrorKind::http_status, true, "try again"},
      {409, ErrorKind::conflict, true, "try again"},
      {413, ErrorKind::http_status, false, "too large"},
      {422, ErrorKind::unprocessable_entity, false, "server_message()"},
      {424, ErrorKind::http_status, true, "try again"},
      {498, ErrorKind::http_status, true, "try again"},
      {429, ErrorKind::rate_limit, true, "max_concurrency"},
      {500, ErrorKind::server, true, "provider's side"},
      {503, ErrorKind::server, true, "later"},
      {599, ErrorKind::server, true, "later"},
      {204, ErrorKind::http_status, false, "check the endpoint"},
      {700, ErrorKind::http_status, false, "check the endpoint"},
  };
  for (const auto& expected : cases) {
    for (const std::string& body : {body_with("x"), std::string()}) {
      const http_error error = read(expected.status, body);
      EXPECT_EQ(error.kind, expected.kind) << expected.status;
      EXPECT_EQ(error.details.retryable, expected.retryable) << expected.status;
      EXPECT_NE(error.message.find(expected.advice), std::string::npos) << error.message;
    }
  }
}

TEST(error_body, reads_the_fields_of_the_error) {
  const http_error error =
      read(400, body_with("unsupported_parameter", R"(,"param":"max_tokens","type":"t")"));
  EXPECT_EQ(error.details.server_message, "canary text");
  EXPECT_EQ(error.details.server_code, "unsupported_parameter");
  EXPECT_EQ(error.details.param, "max_tokens");
  EXPECT_NE(error.message.find("'max_tokens'"), std::string::npos);
  EXPECT_NE(error.message.find("max_completion_tokens"), std::string::npos);
}

TEST(error_body, quotes_only_what_looks_like_an_option) {
  EXPECT_NE(
      read(400, body_with("x", R"(,"param":"messages[0].content")")).message.find("'messages[0].content'"),
      std::string::npos);
  for (std::string_view param : {"canary text", "Canary", "canary-1", "canary'", "7canary", "canary\\n", "",
                                 "canary_that_is_as_long_as_a_key_of_azure"}) {
    const http_error error =
        read(400, body_with("unsupported_value", ",\"param\":\"" + std::string(param) + "\""));
    EXPECT_NE(error.message.find("server_message()"), std::string::npos) << error.message;
  }
}

TEST(error_body, knows_the_content_filter) {
  const http_error error = read(
      400,
      R"({"error":{"message":"canary","type":null,"param":"prompt","code":"content_filter","status":400,)"
      R"("innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":)"
      R"({"hate":{"filtered":true,"severity":"high"},"violence":{"filtered":false},)"
      R"("jailbreak":{"filtered":true}}}}})");
  EXPECT_EQ(error.kind, ErrorKind::content_filter);
  EXPECT_EQ(error.details.categories, (std::vector<std::string>{"hate", "jailbreak"}));
  EXPECT_FALSE(error.details.retryable);
  EXPECT_EQ(read(400, R"({"error":{"innererror":{"code":"ResponsibleAIPolicyViolation"}}})").kind,
            ErrorKind::content_filter);
  EXPECT_TRUE(read(500, body_with("content_filter")).kind == ErrorKind::server);
}

TEST(error_body, knows_context_and_quota) {
  EXPECT_EQ(read(400, body_with("context_length_exceeded")).kind, ErrorKind::context_length);
  const http_error quota = read(429, body_with("insufficient_quota"), some_headers(), 5s);
  EXPECT_EQ(quota.kind, ErrorKind::quota_exceeded);
  EXPECT_FALSE(quota.details.retryable);
  EXPECT_EQ(read(429, R"({"error":{"type":"insufficient_quota","code":null}})").kind,
            ErrorKind::quota_exceeded);
  EXPECT_EQ(read(429, body_with("429")).kind, ErrorKind::rate_limit);
}

TEST(error_body, knows_every_code_of_an_account_that_is_used_up) {
  for (const char* code : {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached"})
    for (const std::string& body :
         {body_with(code), R"({"error":{"code":null,"type":")" + std::string(code) + "\"}}"}) {
      EXPECT_EQ(read(429, body).kind, ErrorKind::quota_exceeded) << body;
      EXPECT_FALSE(read(429, body).details.retryable) << body;
      EXPECT_EQ(read_reported_error(some_headers(), body, {}).kind, ErrorKind::quota_exceeded) << body;
    }
}

TEST(error_body, knows_a_context_that_is_too_long_by_every_name) {
  for (
      const char* body :
      {R"({"error":{"message":"m","code":"context_length_exceeded"}})",
       R"({"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_ctx":4096}})",
       R"({"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","code":400})",
       R"({"error":{"message":"the request exceeds the available context size"}})",
       R"({"error":{"message":"m","type":"invalid_request_error","code":"CONTEXT_LENGTH_EXCEEDED"}})"}) {
    for (const int status : {400, 413, 422, 500, 503}) {
      header_fields yes = some_headers();
      yes.add("x-should-retry", "true");
      const http_error error = read(status, body, yes);
      EXPECT_EQ(error.kind, ErrorKind::context_length) << status << body;
      EXPECT_FALSE(error.details.retryable) << body;
    }
  }
  EXPECT_EQ(read(429, body_with("context_length_exceeded")).kind, ErrorKind::context_length);
  EXPECT_EQ(read(429, R"({"error":{"message":"the maximum context length is 5, wait","code":"429"}})").kind,
            ErrorKind::rate_limit);
}

TEST(error_body, a_request_above_the_quota_is_never_retried) {
  const http_error error =
      read(413, R"({"error":{"message":"m","type":"tokens","code":"rate_limit_exceeded"}})");
  EXPECT_EQ(error.kind, ErrorKind::rate_limit);
  EXPECT_FALSE(error.details.retryable);
  EXPECT_NE(error.message.find("waiting does not help"), std::string::npos) << error.message;
}

TEST(error_body, tells_the_advised_wait) {
  const http_error error = read(429, body_with("429"), some_headers(), 6500ms);
  EXPECT_EQ(error.details.retry_after, 6500ms);
  EXPECT_NE(error.message.find("wait 6.5 s"), std::string::npos) << error.message;
  EXPECT_EQ(read(503, "").message.find("wait"), std::string::npos);
  read(429, "", some_headers(), ErrorDetails::duration::max());
}

TEST(error_body, obeys_x_should_retry) {
  header_fields headers = some_headers();
  headers.add("x-should-retry", "false");
  EXPECT_FALSE(read(503, "", headers).details.retryable);
  header_fields yes = some_headers();
  yes.add("x-should-retry", "true");
  EXPECT_TRUE(read(400, "", yes).details.retryable);
  EXPECT_FALSE(read(302, "", yes).details.retryable);  // the same request would be redirected again
  EXPECT_FALSE(read(429, body_with("insufficient_quota"), yes).details.retryable);
}

TEST(error_body, names_only_the_host_of_a_redirect) {
  const auto said = [](std::string_view location) {
    header_fields headers = some_headers();
    headers.add("Location", location);
    const http_error error = read(307, "", headers);
    EXPECT_EQ(error.kind, ErrorKind::http_status);
    EXPECT_FALSE(error.details.retryable);
    return error.message;
  };
  const std::string text = said("https://other.example.com/canary?canary=canary");
  EXPECT_NE(text.find("other.example.com"), std::string::npos);
  EXPECT_EQ(text.find("other.example.com/"), std::string::npos);
  EXPECT_NE(said("/canary").find("within its own host"), std::string::npos);
  for (std::string_view location :
       {"//canary/x", "https://canary@evil/", "https://canary canary", "canary", ""})
    EXPECT_NE(said(location).find("elsewhere"), std::string::npos);
  EXPECT_NE(read(302, "").message.find("redirects"), std::string::npos);
}

TEST(error_body, reads_other_shapes) {
  EXPECT_EQ(read(401, R"({"statusCode":401,"message":"canary denied"})").details.server_message,
            "canary denied");
  EXPECT_EQ(read(401, R"({"statusCode":401,"message":"canary denied"})").details.server_code, "401");
  EXPECT_EQ(read(401, R"({"error":{"code":401}})").details.server_code, "401");
  EXPECT_EQ(read(404, R"({"error":"canary not found"})").details.server_message, "canary not found");
  EXPECT_EQ(
      read(404, R"({"message":"outer","error":{"message":"canary"},"code":"outer"})").details.server_message,
      "canary");
  EXPECT_EQ(read(422, R"({"detail":"canary"})").details.server_message, "canary");
  EXPECT_EQ(read(422, R"({"other":"canary"})").details.server_message, R"({"other":"canary"})");
  EXPECT_EQ(read(502, "<html>canary</html>").details.server_message, "<html>canary</html>");
  EXPECT_EQ(read(502, "").details.server_message, "");
  EXPECT_EQ(
      read(400, R"({"error":{"param":null,"code":null,"message":null,"innererror":null}})").details.param,
      "");
  EXPECT_EQ(read(400, R"({"error":{"message":{"message":"x"},"code":["content_filter"]}})").kind,
            ErrorKind::bad_request);
}

TEST(error_body, bounds_what_is_huge_or_deep) {
  const std::string huge(1000000, 'x');
  EXPECT_EQ(read(500, huge).details.server_message.size(), 4096u);
  EXPECT_EQ(read(500, R"({"error":{"message":")" + huge + R"("}})").details.server_message.size(), 4096u);
  const http_error error =
      read(400, R"({"error":{"code":")" + huge + R"(","param":")" + huge + R"(","type":")" + huge + R"("}})");
  EXPECT_LE(error.details.server_code.size(), 256u);
  EXPECT_LE(error.details.param.size(), 256u);
  EXPECT_EQ(read(500, std::string(1000000, '[')).kind, ErrorKind::server);
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "{\"error\":";
  EXPECT_EQ(read(500, deep).kind, ErrorKind::server);
  EXPECT_EQ(read(500, "{\"error\":{\"message\":\"\xFF\xFE\"}}").kind, ErrorKind::server);
  // Three bytes a character: 4096 is in the middle of one.
  std::string characters;
  for (int i = 0; i < 2000; ++i) characters += "\xE4\xBD\xA0";
  EXPECT_EQ(read(500, characters).details.server_message.size(), 4095u);
}

void throw_read(int status, std::string_view body = "") {
  http_error error = read_http_error(status, some_headers(), body, std::nullopt);
  throw_error(error.kind, std::move(error.message), std::move(error.details));
}

TEST(error_body, throws_the_type_that_belongs_to_the_status) {
  EXPECT_THROW(throw_read(400), BadRequestError);
  EXPECT_THROW(throw_read(401), AuthenticationError);
  EXPECT_THROW(throw_read(403), PermissionDeniedError);
  EXPECT_THROW(throw_read(404), NotFoundError);
  EXPECT_THROW(throw_read(409), ConflictError);
  EXPECT_THROW(throw_read(422), UnprocessableEntityError);
  EXPECT_THROW(throw_read(429), RateLimitError);
  EXPECT_THROW(throw_read(429, body_with("insufficient_quota")), QuotaExceededError);
  EXPECT_THROW(throw_read(400, body_with("content_filter")), ContentFilterError);
  EXPECT_THROW(throw_read(400, body_with("context_length_exceeded")), ContextLengthError);
  EXPECT_THROW(throw_read(500), ServerError);
  EXPECT_THROW(throw_read(307), HttpStatusError);
}

TEST(error_body, survives_every_prefix_and_every_changed_byte) {
  const std::string_view valid =
      R"({"error":{"message":"canary","type":null,"param":"prompt","code":"content_filter","status":400,)"
      R"("innererror":{"code":"ResponsibleAIPolicyViolation",)"
      R"("content_filter_result":{"hate":{"filtered":true}}}}})";
  test::for_each_prefix(valid, [](std::string_view body) { read(400, body); });
  test::for_each_changed_byte(valid, [](std::string_view body) {
    const http_error error = read_http_error(400, {}, body, {});
    EXPECT_TRUE(error.kind == ErrorKind::bad_request || error.kind == ErrorKind::content_filter);
  });
}

}  // namespace
}  // namespace corochain::codec::error_body_test
