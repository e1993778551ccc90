// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"

namespace corochain::stream_retry_test {
namespace {
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;

std::string event(std::string_view json) { return "data: " + std::string(json) + "\n\n"; }
std::string delta(std::string_view what) {
  return event(R"({"choices":[{"index":0,"delta":)" + std::string(what) + "}]}");
}
const std::string role = delta(R"({"role":"assistant","content":""})");
const std::string text = delta(R"({"content":"Hi"})");
const std::string stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string done = "data: [DONE]\n\n";
const std::string overloaded =
    event(R"({"error":{"code":"server_is_overloaded","type":"service_unavailable_error","message":"m"}})");
const std::string quota = event(R"({"error":{"code":"insufficient_quota","message":"m"}})");

MockReply stream_of(std::string body) { return MockReply::raw(200, "text/event-stream", std::move(body)); }

/// Each way to read a streamed answer.
enum class way { astream, streaming, chain };

class StreamRetry : public test::http_and_https {
 protected:
  AzureOptions options = [this] {
    AzureOptions made = test::options_for(server);
    made.max_retries = 2;
    return made;
  }();

  std::string ask(way how) {
    AzureOptions asked = options;
    asked.streaming = how == way::streaming;
    const AzureChatOpenAI model(asked);
    if (how == way::streaming) return model.invoke("q").content;
    std::string whole;
    if (how == way::chain) {
      for (const std::string& chunk : (model | StrOutputParser()).stream("q")) whole += chunk;
    } else {
      for (const AIMessageChunk& chunk : model.stream("q")) whole += chunk.content;
    }
    return whole;
  }
  void answer_with(const MockReply& first) {
    server.reply(first);
    server.reply(stream_of(text + stop + done));
  }
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, StreamRetry, ::testing::Bool(), &test::scheme_of);

TEST_P(StreamRetry, a_failure_before_the_first_content_is_tried_again) {
  for (const way how : {way::astream, way::streaming, way::chain}) {
    const std::string failing[] = {overloaded, role + overloaded, ": ping\n\n" + role, "",
                                   role + event(R"({"error":{"code":429,"message":"m"}})")};
    for (const std::string& body : failing) {
      const std::size_t before = server.requests().size();
      answer_with(stream_of(body).close());
      EXPECT_EQ(ask(how), "Hi") << body;
      EXPECT_EQ(server.requests().size(), before + 2) << body;
    }
  }
}

TEST_P(StreamRetry, a_break_before_the_first_content_is_retried) {
  answer_with(stream_of(role + text + stop + done).cut_body_after(role.size()));
  EXPECT_EQ(ask(way::astream), "Hi");
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_P(StreamRetry, nothing_is_repeated_after_the_first_content) {
  const std::string contents[] = {text, delta(R"({"refusal":"no"})"),
                                  delta(R"({"tool_calls":[{"index":0,"id":"t","function":{"name":"f"}}]})")};
  for (const std::string& content : contents) {
    const std::size_t before = server.requests().size();
    server.reply(stream_of(content + overloaded).close());
    try {
      ask(way::astream);
      FAIL() << content;
    } catch (const ServerError& error) {
      EXPECT_FALSE(error.retryable()) << content;
      EXPECT_EQ(error.attempts().size(), 1u) << content;
    }
    EXPECT_EQ(server.requests().size(), before + 1) << content;
  }
}

TEST_P(StreamRetry, what_no_retry_mends_is_not_tried_again) {
  for (const way how : {way::astream, way::streaming, way::chain}) {
    const std::size_t before = server.requests().size();
    server.reply(stream_of(quota).close());
    EXPECT_THROW(ask(how), QuotaExceededError);
    EXPECT_EQ(server.requests().size(), before + 1);
  }
}

TEST_P(StreamRetry, an_error_after_the_last_retry_tells_the_truth) {
  options.max_retries = 1;
  server.reply(stream_of(overloaded).close());
  server.reply(stream_of(role).close());
  try {
    ask(way::astream);
    FAIL();
  } catch (const TruncatedError& error) {
    EXPECT_TRUE(error.retryable());
    ASSERT_EQ(error.attempts().size(), 2u);
    for (const AttemptRecord& each : error.attempts()) {
      EXPECT_EQ(each.status, 200);
      EXPECT_TRUE(each.maybe_billed);
      EXPECT_FALSE(each.error.empty());
    }
    EXPECT_TRUE(error.attempts().at(1).retried);
  }
}

TEST_P(StreamRetry, usage_of_a_failed_attempt_counts_once) {
  const std::string costs =
      R"({"choices":[{"delta":{"content":""},"finish_reason":"error","error":{"code":CODE,"message":"m"}}],)"
      R"("usage":{"prompt_tokens":100,"completion_tokens":0,"total_tokens":100}})";
  const auto failing = [&](const std::string& code) {
    std::string json = costs;
    return stream_of(event(json.replace(json.find("CODE"), 4, code)));
  };
  options.streaming = true;
  const AzureChatOpenAI model(options);
  server.reply(failing("400"));
  const QueryResult refused = run(query(model, "q"));
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.usage.input_tokens, 100);
  server.reply(failing("503").header("retry-after-ms", "1"));
  server.reply(stream_of(text + stop + done));
  const QueryResult answered = run(query(model, "q"));
  EXPECT_EQ(answered.answer, "Hi");
  EXPECT_EQ(answered.usage.input_tokens, 100);
}

TEST_P(StreamRetry, an_error_tells_of_its_own_attempt) {
  options.max_retries = 1;
  server.reply(stream_of(role).header("x-request-id", "first").header("retry-after-ms", "1"));
  server.reply(MockReply::error(400, "c", "m").header("x-request-id", "second"));
  try {
    ask(way::astream);
    FAIL();
  } catch (const BadRequestError& error) {
    EXPECT_EQ(error.request_id(), "second");
    ASSERT_EQ(error.attempts().size(), 2u);
    EXPECT_EQ(error.attempts()[0].request_id, "first");
  }
}

TEST_P(StreamRetry, a_reported_error_carries_the_advice_of_its_head) {
  server.reply(stream_of(event(R"({"error":{"code":429,"message":"m"}})")).header("retry-after", "300"));
  try {
    ask(way::astream);
    FAIL();
  } catch (const RateLimitError& error) {
    EXPECT_EQ(error.retry_after(), 300s);
    EXPECT_EQ(error.attempts().size(), 1u);
  }
}

TEST_P(StreamRetry, an_empty_stream_is_tried_again) {
  for (const char* nothing : {"", ": ping\n\n", "data: [DONE]\n\n", "\n \n",
                              "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\ndata: [DONE]\n\n"})
    for (const char* type : {"text/event-stream", "application/json"}) {
      const std::size_t before = server.requests().size();
      answer_with(MockReply::raw(200, type, nothing).header("retry-after-ms", "1"));
      SCOPED_TRACE(nothing + std::string(type));
      EXPECT_EQ(ask(way::astream), "Hi");
      EXPECT_EQ(server.requests().size(), before + 2);
    }
}

TEST_P(StreamRetry, a_token_that_a_200_refuses_is_fetched_anew) {
  int fetched = 0;
  options.api_key = Secret();
  options.azure_ad_token_provider = TokenProvider([&fetched]() -> awaitable<AccessToken> {
    ++fetched;
    AccessToken made;
    made.token = Secret("token-" + std::to_string(fetched));
    made.expires_on = std::chrono::system_clock::now() + 1h;
    co_return made;
  });
  answer_with(stream_of(event(R"({"error":{"code":401,"message":"expired"}})")));
  EXPECT_EQ(ask(way::astream), "Hi");
  EXPECT_EQ(fetched, 2);
  EXPECT_EQ(server.requests().back().header("authorization"), "Bearer token-2");
}

TEST_P(StreamRetry, silence_is_retried_only_with_the_option) {
  options.stream_idle_timeout = 100ms;
  for (const bool again : {false, true}) {
    options.retry_on_timeout = again;
    const std::size_t before = server.requests().size();
    server.reply(stream_of(role + text).chunked(64).stall_body_after(role.size()));
    if (again) {
      server.reply(stream_of(text + stop + done));
      EXPECT_EQ(ask(way::astream), "Hi");
    } else {
      EXPECT_THROW(ask(way::astream), TimeoutError);
    }
    EXPECT_EQ(server.requests().size(), before + (again ? 2 : 1));
  }
}

TEST_P(StreamRetry, an_error_in_a_whole_answer_is_retried_by_status) {
  const AzureChatOpenAI model(options);
  server.reply(MockReply::raw(200, "application/json", R"({"error":{"message":"m","code":429}})"));
  server.reply(MockReply::chat("Hi"));
  EXPECT_EQ(model.invoke("q").content, "Hi");
  EXPECT_EQ(server.requests().size(), 2u);
  server.reply(
      MockReply::raw(200, "application/json", R"({"error":{"message":"m","code":"insufficient_quota"}})"));
  EXPECT_THROW(model.invoke("q"), QuotaExceededError);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_P(StreamRetry, read_timeout_does_not_bound_a_stream) {
  options.read_timeout = 50ms;
  options.stream_idle_timeout = 20s;
  server.reply(MockReply::events({role, text, ": still there\n\n", stop, done}).chunk_interval(120ms));
  EXPECT_EQ(ask(way::astream), "Hi");
}

TEST_P(StreamRetry, the_first_bytes_decide_what_the_body_is) {
  server.reply(MockReply::raw(200, "application/json", text + stop + done));
  EXPECT_EQ(ask(way::astream), "Hi");
  server.reply(MockReply::raw(200, "text/event-stream", R"({"choices":[{"message":{"content":"Hi"}}]})"));
  EXPECT_EQ(ask(way::astream), "Hi");
  server.reply(stream_of(text + stop));
  EXPECT_EQ(AzureChatOpenAI(options).invoke("q").content, "Hi");
}

}  // namespace
}  // namespace corochain::stream_retry_test
