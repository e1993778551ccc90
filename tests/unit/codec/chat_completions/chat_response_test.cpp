// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/chat_response.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "core/utf8.hpp"
#include "corochain/core/error.hpp"
#include "support/broken_input.hpp"

namespace corochain::codec::chat_response_test {
namespace {

constexpr std::string_view complete =
    R"({"id":"chatcmpl-A1","object":"chat.completion","created":1732000000,)"
    R"("model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_1",)"
    R"("prompt_filter_results":[{"prompt_index":0,"content_filter_results":)"
    R"({"hate":{"filtered":false,"severity":"safe"}}}],)"
    R"("choices":[{"index":0,"finish_reason":"stop","logprobs":null,)"
    R"("message":{"role":"assistant","content":"A queue.","refusal":null},)"
    R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],)"
    R"("usage":{"prompt_tokens":31,"completion_tokens":11,"total_tokens":42,)"
    R"("prompt_tokens_details":{"cached_tokens":5,"audio_tokens":0},)"
    R"("completion_tokens_details":{"reasoning_tokens":7}}})";

header_fields some_headers() {
  header_fields headers;
  headers.add("x-request-id", "req-1");
  headers.add("x-ms-region", "West Europe");
  headers.add("openai-processing-ms", "321");
  headers.add("x-ratelimit-remaining-requests", "99");
  headers.add("x-ratelimit-remaining-tokens", "9999");
  return headers;
}

AIMessage read(std::string_view body, const header_fields& headers = some_headers()) {
  std::optional<AIMessage> answer;
  read_chat_response(test::exact_copy(body).view(), headers, answer);
  return answer.value();
}

std::string with_message(std::string_view message) {
  return R"({"choices":[{"message":)" + std::string(message) + "}]}";
}
std::string with_usage(std::string_view usage) {
  return R"({"choices":[{"message":{"content":"x"}}],"usage":)" + std::string(usage) + "}";
}

/// Returns the complaint of the `ResponseFormatError` for a body, after checking what all such errors share.
std::string complaint_about(std::string_view body) {
  try {
    read(body);
  } catch (const ResponseFormatError& error) {
    EXPECT_EQ(error.request_id(), "req-1");
    EXPECT_EQ(error.http_status(), 200);
    EXPECT_TRUE(error.details().answered);
    EXPECT_FALSE(error.retryable());
    EXPECT_LE(error.server_message().size(), 4096u);
    EXPECT_EQ(detail::invalid_utf8_at(error.server_message()), std::nullopt);
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
    return error.what();
  }
  return "no error";
}

TEST(chat_response, reads_everything_that_is_kept) {
  const AIMessage message = read(complete);
  EXPECT_EQ(message.content, "A queue.");
  EXPECT_EQ(message.refusal, "");
  EXPECT_EQ(message.id, "chatcmpl-A1");
  EXPECT_EQ(message.model, "gpt-4o-mini-2024-07-18");
  EXPECT_EQ(message.finish_reason, "stop");
  EXPECT_EQ(message.system_fingerprint, "fp_1");
  ASSERT_TRUE(message.usage);
  EXPECT_EQ(*message.usage, (Usage{31, 11, 42, 5, 7}));
  EXPECT_EQ(message.request_id, "req-1");
  EXPECT_EQ(message.region, "West Europe");
  EXPECT_EQ(message.processing, std::chrono::milliseconds(321));
  EXPECT_EQ(message.remaining_requests, 99);
  EXPECT_EQ(message.remaining_tokens, 9999);
}

TEST(chat_response, needs_little) {
  const AIMessage message = read(with_message(R"({"content":"x"})"), {});
  EXPECT_EQ(message.content, "x");
  EXPECT_EQ(message.finish_reason, "");
  EXPECT_EQ(message.usage, std::nullopt);
  EXPECT_EQ(message.request_id, "");
  EXPECT_EQ(message.processing, std::nullopt);
  EXPECT_EQ(message.remaining_tokens, std::nullopt);
}

TEST(chat_response, passes_over_headers_that_are_no_numbers) {
  for (std::string_view text : {"", "-1", "x", "1x", "99999999999999999999", "+1", " "}) {
    header_fields headers;
    headers.add("openai-processing-ms", text);
    headers.add("x-ratelimit-remaining-requests", text);
    const AIMessage message = read(complete, headers);
    EXPECT_EQ(message.processing, std::nullopt) << text;
    EXPECT_EQ(message.remaining_requests, std::nullopt) << text;
  }
  header_fields headers;
  headers.add("openai-processing-ms", "12.75");
  EXPECT_EQ(read(complete, headers).processing, std::chrono::milliseconds(12));
}

TEST(chat_response, reads_escapes_and_other_languages) {
  EXPECT_EQ(read(with_message(R"({"content":"a\n\"\u00fc\ud83d\ude00\u0000b"})")).content,
            std::string("a\n\"\xC3\xBC\xF0\x9F\x98\x80\0b", 11));
}

TEST(chat_response, takes_nothing_for_text) {
  EXPECT_EQ(
      read(with_message(R"({"content":null,"tool_calls":[{"id":"c","function":{"name":"f"}}]})")).content,
      "");
  EXPECT_EQ(read(R"({"choices":[{"message":{},"finish_reason":"stop"}]})").content, "");
  EXPECT_EQ(read(R"({"choices":[{"finish_reason":"length"}]})").finish_reason,
            "length");  // all tokens went into reasoning
  EXPECT_EQ(read(with_message(R"({"content":null,"refusal":"I cannot."})")).refusal, "I cannot.");
  EXPECT_EQ(read(R"({"choices":[{"message":{"content":"x"},"finish_reason":null}]})").finish_reason, "");
}

TEST(chat_response, keeps_an_unknown_finish_reason) {
  EXPECT_EQ(read(R"({"choices":[{"message":{},"finish_reason":"tomorrow"}]})").finish_reason, "tomorrow");
}

TEST(chat_response, passes_over_additions) {
  const AIMessage message =
      read(R"({"new":[{"choices":5,"usage":[]},[[]]],"error":null,"choices":[{"new":{"message":7,"index":3},)"
           R"("message":)"
           R"({"content":"x","new":{"content":9,"refusal":[]},"annotations":[{"content":1}]},)"
           R"("index":0}],"id":17})");
  EXPECT_EQ(message.content, "x");
  EXPECT_EQ(message.id, "");
}

TEST(chat_response, takes_the_choice_with_index_0_else_the_first) {
  EXPECT_EQ(
      read(R"({"choices":[{"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"}}]})")
          .content,
      "a");
  EXPECT_EQ(read(R"({"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]})").content, "a");
  EXPECT_EQ(
      read(R"({"choices":[{"index":2,"message":{"content":"a"}},{"index":1,"message":{"content":"b"}}]})")
          .content,
      "a");
  EXPECT_EQ(
      read(R"({"choices":[{"index":0,"message":{"content":"a"}},{"index":0,"message":{"content":"b"}}]})")
          .content,
      "a");
}

TEST(chat_response, only_the_message_is_read) {
  EXPECT_EQ(read(R"({"choices":[{"message":{"content":"m"},"delta":{"content":"d"}}]})").content, "m");
  EXPECT_EQ(read(R"({"choices":[{"message":{"content":"m"},"delta":7}]})").content, "m");
}

TEST(chat_response, takes_the_last_of_duplicate_fields) {
  EXPECT_EQ(read(with_message(R"({"content":5,"content":"a"})")).content, "a");
  EXPECT_EQ(read(with_message(R"({"refusal":"r","content":"a","content":null})")).content, "");
  EXPECT_EQ(read(R"({"choices":5,"choices":[{"message":7,"message":{"content":"a"}}]})").content, "a");
  EXPECT_EQ(
      read(R"({"choices":[{"message":{"content":"a"}}],"choices":[{"message":{"content":"b"}}]})").content,
      "b");
  EXPECT_EQ(read(R"({"choices":[{"finish_reason":"stop","message":{"content":"a"},"message":{}}]})").content,
            "");
  EXPECT_EQ(read(with_usage(R"({"prompt_tokens":1},"usage":{"total_tokens":2})")).usage,
            (Usage{0, 0, 2, 0, 0}));
  EXPECT_EQ(read(with_usage(R"({"prompt_tokens":1},"usage":null)")).usage, std::nullopt);
  EXPECT_NE(complaint_about(R"({"choices":[{"message":{"content":"a"}}],"choices":null})")
                .find("'choices' is null"),
            std::string::npos);
}

TEST(chat_response, says_what_is_wrong_with_the_shape) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"[]", "its JSON is no object"},
      {"\"canary\"", "its JSON is no object"},
      {"5", "its JSON is no object"},
      {"{}", "'choices' is missing"},
      {R"({"choices":null})", "'choices' is null"},
      {R"({"choices":[]})", "'choices' holds no object"},
      {R"({"choices":{}})", "'choices' is no array"},
      {R"({"choices":"canary"})", "'choices' is no array"},
      {R"({"choices":[null]})", "'choices' holds no object"},
      {R"({"choices":["canary"]})", "'choices' holds no object"},
      {R"({"choices":[[]]})", "'choices' holds no object"},
      {R"({"choices":[{"message":{},"index":-1}]})", "'choices[0].index' is no number from 0 to 1023"},
      {R"({"choices":[{"message":{},"index":1024}]})", "'choices[0].index' is no number from 0 to 1023"},
      {R"({"choices":[{}]})", "neither text, refusal, tool call nor finish_reason"},
      {with_message("null"), "neither text"},
      {with_message("{}"), "neither text"},
      {with_message(R"({"content":5})"), "neither text"},
  };
  for (const auto& [body, said] : cases) {
    const std::string text = complaint_about(body);
    EXPECT_NE(text.find(said), std::string::npos) << body << "\n" << text;
    EXPECT_NE(text.find("req-1"), std::string::npos);
  }
}

TEST(chat_response, gives_the_answer_whatever_shape_the_rest_has) {
  for (const char* rest :
       {R"("usage":5)", R"("usage":[])", R"("usage":{"prompt_tokens":-1})", R"("id":{},"model":[])",
        R"("usage":{"prompt_tokens_details":5})", R"("system_fingerprint":7,"service_tier":false)"}) {
    const AIMessage message = read(R"({"choices":[{"message":{"content":"x"}}],)" + std::string(rest) + "}");
    EXPECT_EQ(message.content, "x") << rest;
  }
  for (const char* choice : {R"("refusal":true)", R"("role":5)", R"("tool_calls":{})",
                             R"("tool_calls":[null])", R"("annotations":[5])"}) {
    EXPECT_EQ(read(with_message(R"({"content":"x",)" + std::string(choice) + "}")).content, "x") << choice;
  }
  EXPECT_EQ(read(R"({"choices":[{"index":"0","finish_reason":5,"message":{"content":"x"}}]})").content, "x");
}

TEST(chat_response, half_characters_and_invalid_utf8_are_replaced) {
  EXPECT_EQ(read(with_message(R"({"content":"a\ud83d"})")).content, "a\xEF\xBF\xBD");
  EXPECT_EQ(read(with_message(R"({"content":"\ude00 b"})")).content, "\xEF\xBF\xBD b");
  EXPECT_EQ(read(with_message(R"({"content":"\ud83d\u0041"})")).content,
            "\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(read(with_message(R"({"content":"\ud83d\ude00"})")).content, "\xF0\x9F\x98\x80");
  EXPECT_EQ(read(with_message("{\"content\":\"a\xFF"
                              "b\xC3\"}"))
                .content,
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_NE(complaint_about(with_message(R"({"content":"\ud83d\uZZZZ"})")).find("not JSON"),
            std::string::npos);
}

TEST(chat_response, reads_a_stream_that_nobody_asked_for) {
  const std::string chunk = R"(data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]})"
                            "\n\n";
  const std::string end = R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
                          "\n\n";
  for (const std::string& body :
       {chunk + end, ": ping\n\n" + chunk + end + "data: [DONE]\n\n", "\r\nevent: x\n" + chunk + end}) {
    EXPECT_EQ(read(body).content, "Hi") << body;
    EXPECT_EQ(read(body).finish_reason, "stop");
  }
  try {
    read(chunk);
    FAIL();
  } catch (const TruncatedError& error) {
    EXPECT_EQ(error.details().text, "Hi");
  }
}

TEST(chat_response, takes_nothing_and_whole_floats_for_counts) {
  EXPECT_EQ(read(with_usage("null")).usage, std::nullopt);
  EXPECT_EQ(read(with_usage("{}")).usage, Usage());
  EXPECT_EQ(
      read(with_usage(R"({"prompt_tokens":31.0,"prompt_tokens_details":null,"total_tokens":null})")).usage,
      (Usage{31, 0, 0, 0, 0}));
}

TEST(chat_response, says_what_is_no_json) {
  EXPECT_NE(complaint_about("").find("body is empty"), std::string::npos);
  EXPECT_NE(complaint_about(" \r\n").find("body is empty"), std::string::npos);
  EXPECT_NE(complaint_about("\n <html>canary</html>").find("HTML page"), std::string::npos);
  EXPECT_NE(complaint_about("<html>\xFF</html>").find("HTML page"), std::string::npos);
  EXPECT_NE(complaint_about("canary").find("not JSON"), std::string::npos);
  EXPECT_NE(complaint_about("canary").find("proxy or a wrong endpoint"), std::string::npos);
  EXPECT_NE(complaint_about("{\"a\":\xFF}").find("not valid UTF-8 at byte 6"), std::string::npos);
  EXPECT_NE(complaint_about("{\"a\":1e999}").find("number that is too large"), std::string::npos);
  EXPECT_NE(complaint_about(std::string(100000, '[')).find("nested deeper than 128"), std::string::npos);
  EXPECT_NE(complaint_about(std::string(complete) + "canary").find("not JSON"), std::string::npos);
  EXPECT_NE(complaint_about(std::string(complete) + '\0').find("not JSON"), std::string::npos);
}

TEST(chat_response, keeps_an_excerpt_apart) {
  const std::string page = "<html>" + std::string(10000, 'x');
  try {
    read(page);
    FAIL();
  } catch (const ResponseFormatError& error) {
    EXPECT_EQ(error.server_message(), page.substr(0, 4096));
  }
}

/// Returns the error that a body reports.
ErrorDetails reported(std::string_view body, ErrorKind kind) {
  try {
    read(body);
    ADD_FAILURE() << body;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << body << "\n" << error.what();
    EXPECT_EQ(error.http_status(), 200) << body;
    EXPECT_EQ(error.request_id(), "req-1") << body;
    EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
    return error.details();
  }
  return {};
}

TEST(chat_response, an_error_is_an_error_wherever_it_stands) {
  const std::string error = R"({"message":"canary","code":429})";
  for (const std::string& body :
       {R"({"error":)" + error + "}", "[{\"error\":" + error + "}]", "[" + error + "]", error,
        R"({"choices":null,"error":)" + error + "}",
        R"({"choices":[{"message":{"content":"x"}}],"error":)" + error + "}",
        R"({"choices":[{"message":{"content":"x"},"error":)" + error + "}]}",
        R"({"choices":[{"message":{"content":"x"},"finish_reason":"error","error":)" + error + "}]}",
        std::string(R"({"error":{"message":"canary","code":"429"}})"),
        std::string(R"({"error":{"message":"canary","status":"RESOURCE_EXHAUSTED"}})"),
        std::string(R"({"error":{"message":{"detail":[{"msg":"canary"}]},"type":"rate_limit_exceeded"}})"),
        std::string(
            R"({"object":"error","message":"canary","type":"RateLimitError","param":null,"code":429})"),
        std::string(R"({"choices":null,"error_type":"rate_limit","error_message":"canary"})")}) {
    const ErrorDetails details = reported(body, ErrorKind::rate_limit);
    EXPECT_EQ(details.server_message, "canary") << body;
    EXPECT_TRUE(details.retryable) << body;
  }
}

TEST(chat_response, a_reported_error_has_the_kind_of_its_code) {
  const auto kind = [](const std::string& code, ErrorKind expected) {
    return reported(R"({"error":{"message":"canary","code":)" + code + "}}", expected).retryable;
  };
  EXPECT_TRUE(kind("503", ErrorKind::server));
  EXPECT_TRUE(kind("\"server_error\"", ErrorKind::server));
  EXPECT_TRUE(kind("\"server_is_overloaded\"", ErrorKind::server));
  EXPECT_TRUE(kind("\"rate_limit_exceeded\"", ErrorKind::rate_limit));
  EXPECT_FALSE(kind("\"insufficient_quota\"", ErrorKind::quota_exceeded));
  EXPECT_FALSE(kind("400", ErrorKind::bad_request));
  EXPECT_FALSE(kind("\"context_length_exceeded\"", ErrorKind::context_length));
  EXPECT_FALSE(kind("\"content_filter\"", ErrorKind::content_filter));
  EXPECT_FALSE(kind("401", ErrorKind::authentication));
  EXPECT_TRUE(reported(R"({"error":"canary"})", ErrorKind::server).retryable);
}

TEST(chat_response, a_reported_error_keeps_text_and_usage_that_came) {
  const ErrorDetails details = reported(
      R"({"choices":[{"message":{"content":"half"},"finish_reason":"error"}],"usage":{"total_tokens":3},)"
      R"("error":{"message":"canary","code":"server_error","param":"model"}})",
      ErrorKind::server);
  EXPECT_EQ(details.text, "half");
  ASSERT_TRUE(details.usage);
  EXPECT_EQ(details.usage->total_tokens, 3);
  EXPECT_EQ(details.server_code, "server_error");
  EXPECT_EQ(details.param, "model");
}

TEST(chat_response, every_prefix_is_a_typed_error) {
  test::for_each_prefix(complete,
                        [](std::string_view body) { EXPECT_NE(complaint_about(body), "no error"); });
}

TEST(chat_response, changed_bytes_give_a_message_or_a_typed_error) {
  test::for_each_changed_byte(complete, [](std::string_view body) {
    try {
      const AIMessage message = read(body, {});
      EXPECT_EQ(detail::invalid_utf8_at(message.content), std::nullopt);
    } catch (const Error&) {
    }
  });
}

}  // namespace
}  // namespace corochain::codec::chat_response_test
