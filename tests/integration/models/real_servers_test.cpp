// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"

// Answers in the shapes of real servers and gateways, and the answer or the error that a caller gets. Each
// body is requested as a whole and as a stream, and gives the same kind of error.

namespace corochain::real_servers_test {
namespace {
using testing::MockReply;
using testing::MockServer;

std::string event(std::string_view json) { return "data: " + std::string(json) + "\n\n"; }
std::string text_event(std::string_view text) {
  return event(R"({"id":"c","choices":[{"index":0,"delta":{"content":")" + std::string(text) + R"("}}]})");
}
const std::string stop = event(R"({"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string done = "data: [DONE]\n\n";
const std::string end = stop + done;

/// The answer, or the error, of one call.
struct outcome {
  AIMessage message;
  std::string text;  // of the answer, or that the error has
  std::optional<ErrorKind> error;
  std::string server_message;
  std::size_t requests = 0;
};

class RealServers : public test::http_and_https {
 protected:
  outcome ask(MockReply reply, bool streaming) {
    server.reply(std::move(reply));
    const std::size_t before = server.requests().size();
    AzureOptions options = test::options_for(server);
    options.max_retries = 0;
    options.streaming = streaming;
    outcome seen;
    try {
      seen.message = AzureChatOpenAI(options).invoke("ping");
      seen.text = seen.message.content;
    } catch (const Error& error) {
      seen.error = error.kind();
      seen.text = error.details().text;
      seen.server_message = error.server_message();
    }
    seen.requests = server.requests().size() - before;
    return seen;
  }
  /// The body is an answer with this text, in each requested form and with each content type.
  void expect_text(const std::string& body, const std::string& text, int line = __builtin_LINE()) {
    for (const bool streaming : {false, true})
      for (const char* type : {"text/event-stream", "application/json", "text/plain; charset=utf-8", ""}) {
        const outcome seen = ask(MockReply::raw(200, type, body), streaming);
        EXPECT_FALSE(seen.error) << line << ": " << to_string(seen.error.value_or(ErrorKind::other)) << body;
        EXPECT_EQ(seen.text, text) << line << ": " << body;
        EXPECT_EQ(seen.requests, 1u);
      }
  }
  void expect_error(const std::string& body, ErrorKind kind, const std::string& said,
                    const std::string& text = "", int line = __builtin_LINE()) {
    for (const bool streaming : {false, true}) {
      const outcome seen = ask(MockReply::raw(200, "application/json", body), streaming);
      ASSERT_TRUE(seen.error) << line << ": " << body;
      EXPECT_EQ(*seen.error, kind) << line << ": " << to_string(*seen.error) << body;
      EXPECT_EQ(seen.server_message, said) << line << ": " << body;
      EXPECT_EQ(seen.text, text) << line << ": " << body;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, RealServers, ::testing::Bool(), &test::scheme_of);

TEST_P(RealServers, events_that_are_no_chunks_are_passed_over) {
  const std::string hi = text_event("Hi");
  for (const char* foreign :
       {"event: ping\ndata:\n\n", "event: ping\ndata: {}\n\n", "data: {}\n\n", "data:\n\n",
        "event: keep-alive\n\n", "event: tool.progress\ndata: {\"tool\":\"x\",\"status\":\"running\"}\n\n",
        ": OPENROUTER PROCESSING\n\n", "id: 7\nretry: 3000\n\n", "data: null\n\n",
        "data: {\"type\":\"metrics\",\"value\":1}\n\n",
        "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n"}) {
    expect_text(hi + foreign + end, "Hi");
    expect_text(foreign + hi + end, "Hi");
  }
}

TEST_P(RealServers, a_stream_may_be_written_otherwise) {
  expect_text(
      "data:{\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata:[DONE]\n\n",
      "Hi");
  expect_text("event: message\r\nid: 1\r\n" + text_event("Hi") + end, "Hi");
  expect_text("\xEF\xBB\xBF" + text_event("Hi") + "data: [DONE]  \n\n", "Hi");
  expect_text("\n\n" + text_event("Hi") + end, "Hi");
  expect_text(text_event("Hi") + stop, "Hi");                                // no [DONE]
  expect_text(text_event("Hi") + done, "Hi");                                // no finish_reason
  expect_text(text_event("Hi") + stop + "data: [DONE]", "Hi");               // no blank line at the end
  expect_text(text_event("Hi") + stop + "data: {\"choices\":[{\"de", "Hi");  // whole, then cut
  std::string joined = text_event("Hi");
  joined.pop_back();
  expect_text(joined + text_event(" you") + end, "Hi you");
  expect_text(joined + joined + joined + end, "HiHiHi");
  std::string joined_end = text_event("Hi") + stop;
  joined_end.erase(joined_end.find("\n\n"), 1);
  expect_text(joined_end + done, "Hi");
}

TEST_P(RealServers, a_message_may_have_other_shapes) {
  const auto whole = [](const std::string& choice) { return R"({"choices":[)" + choice + "]}"; };
  expect_text(whole(R"({"message":{"content":"Hi"}})"), "Hi");
  expect_text(whole(R"({"message":{"content":[{"type":"text","text":"Hi"}]}})"), "Hi");
  expect_text(whole(R"({"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},)"
                    R"({"type":"text","text":"H"},{"type":"text","text":"i"}]}})"),
              "Hi");
  expect_text(whole(R"({"message":{"content":["H","i"]}})"), "Hi");
  expect_text(whole(R"({"message":{"content":{"type":"text","text":"Hi"}}})"), "Hi");
  expect_text(whole(R"({"delta":{"content":"Hi"},"finish_reason":"stop"})"), "Hi");
  expect_text(
      whole(
          R"({"index":null,"finish_reason":null,"logprobs":null,"message":{"content":"Hi","tool_calls":null}})"),
      "Hi");
  expect_text(
      whole(R"({"index":"0","finish_reason":7,"logprobs":{},"message":{"content":"Hi","tool_calls":{}}})"),
      "Hi");
  expect_text(whole(R"(null,{"message":{"content":"Hi"}})"), "Hi");
  expect_text(R"({"error":null,"id":7,"model":null,"usage":[],"choices":[{"message":{"content":"Hi"}}]})",
              "Hi");
  expect_text(R"({"error":{},"choices":[{"error":"","message":{"content":"Hi"}}]})", "Hi");
  expect_text("\n  {\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}\n", "Hi");
  expect_text(R"({"choices":[{"finish_reason":"length","index":0}]})", "");
  expect_text(R"({"choices":[{"finish_reason":"length","message":null}]})", "");
  expect_text(event(R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})") + done, "Hi");
  expect_text(text_event("H") + text_event("i") +
                  event(R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})") + done,
              "Hi");
}

TEST_P(RealServers, halves_of_characters_become_them_or_a_mark) {
  expect_text(text_event(R"(A\ud83d)") + text_event(R"(\ude00B)") + end,
              "A\xF0\x9F\x98\x80"
              "B");
  expect_text(text_event(R"(A\ud83d)") + end, "A\xEF\xBF\xBD");
  expect_text(text_event(R"(A\ude00)") + text_event("B") + end,
              "A\xEF\xBF\xBD"
              "B");
  expect_text("{\"choices\":[{\"message\":{\"content\":\"A\\ud83d\"}}]}", "A\xEF\xBF\xBD");
  expect_text("{\"choices\":[{\"message\":{\"content\":\"A\xFF\"}}]}", "A\xEF\xBF\xBD");
}

TEST_P(RealServers, an_error_in_a_200_has_the_kind_of_its_code) {
  expect_error(R"({"error":{"message":"m","code":429}})", ErrorKind::rate_limit, "m");
  expect_error(R"({"error":{"message":"m","code":"429"}})", ErrorKind::rate_limit, "m");
  expect_error(R"({"error":{"message":"m","type":"rate_limit_error"}})", ErrorKind::rate_limit, "m");
  expect_error(R"([{"error":{"message":"m","status":"RESOURCE_EXHAUSTED","code":429}}])",
               ErrorKind::rate_limit, "m");
  expect_error(R"({"error":{"message":"m","code":"insufficient_quota"}})", ErrorKind::quota_exceeded, "m");
  expect_error(R"({"error":{"message":"m","type":"insufficient_quota"}})", ErrorKind::quota_exceeded, "m");
  expect_error(R"({"error":{"message":{"detail":"m"},"code":503}})", ErrorKind::server, "m");
  expect_error(R"({"error":"m"})", ErrorKind::server, "m");
  expect_error(R"({"object":"error","message":"m","type":"BadRequestError","code":400})",
               ErrorKind::bad_request, "m");
  expect_error(R"({"choices":null,"error_type":"context_length_exceeded","error_message":"m"})",
               ErrorKind::context_length, "m");
  expect_error(R"({"choices":[],"error":{"message":"m","code":401}})", ErrorKind::authentication, "m");
  expect_error(event(R"({"error":{"message":"m","code":429}})") + done, ErrorKind::rate_limit, "m");
  expect_error("event: error\ndata: {\"message\":\"m\",\"code\":400}\n\n", ErrorKind::bad_request, "m");
  expect_error("event: error\ndata: m\n\n", ErrorKind::server, "m");
}

TEST_P(RealServers, an_error_behind_a_content_keeps_it) {
  const std::string hi = text_event("Hi");
  expect_error(hi + event(R"({"error":{"message":"m","code":"429"}})"), ErrorKind::rate_limit, "m", "Hi");
  expect_error(
      hi + event(R"({"object":"error","message":"m","type":"BadRequestError","param":null,"code":400})"),
      ErrorKind::bad_request, "m", "Hi");
  const std::string choice =
      R"({"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"error","error":{"code":502,"message":"m"}}]})";
  expect_error(hi + event(choice) + done, ErrorKind::server, "m", "Hi!");
  expect_error(
      R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"error","error":{"code":502,"message":"m"}}]})",
      ErrorKind::server, "m", "Hi");
  expect_error(
      R"({"choices":[{"message":{"content":"Hi"},"error":{"code":"insufficient_quota","message":"m"}}]})",
      ErrorKind::quota_exceeded, "m", "Hi");
}

TEST_P(RealServers, what_is_no_answer_stays_refused) {
  for (const bool streaming : {false, true}) {
    const auto kind = [&](const std::string& body) {
      return ask(MockReply::raw(200, "text/event-stream", body), streaming).error;
    };
    EXPECT_EQ(kind(done), ErrorKind::truncated);
    EXPECT_EQ(kind(event(R"({"choices":[{"delta":{"role":"assistant"}}]})") + done), ErrorKind::truncated);
    EXPECT_EQ(kind(text_event("Hi")), ErrorKind::truncated);
    const std::string half = event(
        R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{\"a\":"}}]}}]})");
    EXPECT_EQ(kind(half + done), ErrorKind::truncated);
    EXPECT_EQ(kind(text_event("Hi") + "data: {\"choices\":[{]\n\n" + done), ErrorKind::response_format);
    EXPECT_EQ(
        kind(text_event("Hi") + event(R"({"choices":[{"index":1024,"delta":{"content":"x"}}]})") + done),
        ErrorKind::response_format);
    EXPECT_EQ(kind("<html>please log in</html>"), ErrorKind::truncated);
    EXPECT_EQ(kind(R"({"choices":[{"message":{}}]})"), ErrorKind::response_format);
    EXPECT_EQ(kind(R"({"choices":[{"message":{"content":"Hi"}}]} x)"), ErrorKind::response_format);
  }
}

TEST_P(RealServers, tool_calls_come_in_every_shape) {
  const auto calls = [&](const std::string& body) {
    std::vector<std::vector<ToolCall>> seen;
    for (const bool streaming : {false, true})
      seen.push_back(ask(MockReply::raw(200, "text/event-stream", body), streaming).message.tool_calls);
    EXPECT_EQ(seen[0], seen[1]) << body;
    return seen[0];
  };
  const ToolCall one("t1", "f", R"({"a":1})");
  const std::string over =
      event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})") + done;
  const auto chunks = [&](const std::string& tool_calls) {
    return event(R"({"choices":[{"index":0,"delta":{"tool_calls":)" + tool_calls + "}}]}");
  };
  using list = std::vector<ToolCall>;
  EXPECT_EQ(calls(chunks(R"([{"id":"t1","function":{"name":"f","arguments":"{\"a\":1}"}}])") + over),
            list{one});
  EXPECT_EQ(calls(chunks(R"([{"id":"t1","function":{"name":"f","arguments":{"a":1}}}])") + over), list{one});
  EXPECT_EQ(calls(chunks(R"([{"id":"t1","function":{"name":"f","arguments":"{\"a\""}}])") +
                  chunks(R"([{"id":"t1","function":{"arguments":":1}"}}])") + done),
            list{one});
  EXPECT_EQ(calls(chunks(R"([{"id":"t1","function":{"name":"f","arguments":"{\"a\":1}"}},null,)"
                         R"({"id":"t2","function":{"name":"g","arguments":"{}"}}])") +
                  over),
            (list{one, ToolCall("t2", "g", "{}")}));
  EXPECT_EQ(calls(R"({"choices":[{"message":{"content":null,"tool_calls":[{"id":"t1","function":)"
                  R"({"name":"f","arguments":{"a":1}}}]}}]})"),
            list{one});
}

TEST_P(RealServers, usage_is_found_wherever_it_stands) {
  const auto usage = [&](const std::string& body) {
    std::vector<Usage> seen;
    for (const bool streaming : {false, true}) {
      const outcome one = ask(MockReply::raw(200, "application/json", body), streaming);
      seen.push_back(one.message.usage.value_or(Usage()));
    }
    EXPECT_EQ(seen[0].input_tokens, seen[1].input_tokens) << body;
    EXPECT_EQ(seen[0].cached_tokens, seen[1].cached_tokens) << body;
    return seen[0];
  };
  const std::string counts = R"({"prompt_tokens":19,"completion_tokens":13,"total_tokens":32)";
  EXPECT_EQ(
      usage(text_event("Hi") +
            event(R"({"choices":[{"delta":{},"finish_reason":"stop","usage":)" + counts + "}}]}") + done)
          .input_tokens,
      19);
  EXPECT_EQ(
      usage(text_event("Hi") + stop + event(R"({"choices":[],"usage":)" + counts + "}}") + done).input_tokens,
      19);
  EXPECT_EQ(usage(R"({"choices":[{"message":{"content":"Hi"},"usage":)" + counts + "}}]}").output_tokens, 13);
  const std::string body = R"({"choices":[{"message":{"content":"Hi"}}],"usage":)" + counts;
  EXPECT_EQ(usage(body + R"(,"prompt_cache_hit_tokens":5}})").cached_tokens, 5);
  EXPECT_EQ(usage(body + R"(,"cached_tokens":6}})").cached_tokens, 6);
  EXPECT_EQ(usage(body + R"(,"prompt_tokens_details":{"cached_tokens":7}}})").cached_tokens, 7);
  EXPECT_EQ(usage(body + R"(,"prompt_tokens_details":null}})").input_tokens, 19);
}

}  // namespace
}  // namespace corochain::real_servers_test
