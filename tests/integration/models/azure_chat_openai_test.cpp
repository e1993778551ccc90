// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"

namespace corochain::azure_chat_openai_test {
namespace {
using test::chain_for;
using test::options_for;
using testing::MockReply;
using testing::MockServer;
using namespace std::chrono_literals;

class AzureChat : public test::http_and_https {};

INSTANTIATE_TEST_SUITE_P(HttpAndHttps, AzureChat, ::testing::Bool(), &test::scheme_of);

TEST_P(AzureChat, sends_what_azure_expects) {
  auto options = options_for(server);
  options.temperature = 0.25;
  options.max_tokens = 99;
  options.default_headers = {{"x-team", "blue"}};
  EXPECT_EQ(chain_for(options).invoke({{"question", "What is a \"strand\"?\n"}}),
            "echo: What is a \"strand\"?\n");
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(request.header("api-key"), "canary-key-0123456789");
  EXPECT_EQ(request.header("authorization"), "");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("x-team"), "blue");
  EXPECT_EQ(request.header("accept-encoding"), "identity");
  EXPECT_EQ(request.header("x-corochain-retry-count"), "");
  EXPECT_EQ(request.header("idempotency-key").size(), 36u);
  EXPECT_EQ(request.header("user-agent"), "corochain/" COROCHAIN_VERSION);
  const auto body = nlohmann::json::parse(request.body);
  EXPECT_EQ(body["messages"][0], (nlohmann::json{{"role", "system"}, {"content", "Be terse."}}));
  EXPECT_EQ(body["messages"][1]["role"], "user");
  EXPECT_EQ(body["temperature"], 0.25);
  EXPECT_EQ(body["max_completion_tokens"], 99);
  EXPECT_FALSE(body.contains("model"));
  EXPECT_FALSE(body.contains("max_tokens"));
}

TEST_P(AzureChat, uses_the_v1_api_and_a_bearer_token) {
  auto options = options_for(server);
  options.api_version = "v1";
  options.api_key = Secret();
  options.azure_ad_token = "token";
  EXPECT_EQ(chain_for(options).invoke("hi"), "echo: hi");
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.target, "/openai/v1/chat/completions");
  EXPECT_EQ(request.header("authorization"), "Bearer token");
  EXPECT_EQ(request.header("api-key"), "");
  EXPECT_EQ(nlohmann::json::parse(request.body)["model"], "gpt-4o-mini");
}

TEST_P(AzureChat, takes_a_base_url_as_given) {
  auto options = options_for(server);
  options.azure_endpoint.clear();
  options.base_url = server.endpoint() + "/v1";
  options.api_version.clear();
  EXPECT_EQ(chain_for(options).invoke("hi"), "echo: hi");
  EXPECT_EQ(server.requests().at(0).target, "/v1/chat/completions");
}

TEST_P(AzureChat, tells_a_gateway_the_version_that_is_set_for_it) {
  auto options = options_for(server);
  options.azure_endpoint.clear();
  options.base_url = server.endpoint() + "/v1";
  options.api_version = "2024-10-21";
  EXPECT_EQ(chain_for(options).invoke("hi"), "echo: hi");
  EXPECT_EQ(server.requests().at(0).target, "/v1/chat/completions?api-version=2024-10-21");
}

TEST_P(AzureChat, keeps_the_connection_and_tells_what_a_call_cost) {
  const auto chain = chain_for(server);
  const QueryResult first = run(query(chain, "one"));
  const QueryResult second = run(query(chain, "two"));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(second.answer, "echo: two");
  EXPECT_EQ(second.request_id, server.requests().size() == 2 ? second.attempts.at(0).request_id : "");
  EXPECT_FALSE(second.request_id.empty());
  EXPECT_FALSE(second.model.empty());
  EXPECT_GT(second.usage.total_tokens, 0);
  EXPECT_FALSE(first.attempts.at(0).connection_reused);
  EXPECT_TRUE(second.attempts.at(0).connection_reused);
  EXPECT_EQ(second.attempts.at(0).status, 200);
  EXPECT_GT(first.timing.connect.count(), 0);
  EXPECT_EQ(first.timing.tls.count() > 0, GetParam());
  EXPECT_EQ(second.timing.connect.count(), 0);
  EXPECT_GT(second.timing.first_byte.count(), 0);
  EXPECT_GE(second.timing.total, second.timing.first_byte);
  EXPECT_EQ(server.connections_accepted(), 1u);
}

TEST_P(AzureChat, a_query_within_a_query_counts_for_both) {
  const auto model = AzureChatOpenAI(options_for(server)) | StrOutputParser();
  QueryResult inner;
  auto nested = [model, &inner](std::string text) -> awaitable<std::string> {
    inner = co_await query(model, "inner " + text);
    co_return inner.answer;
  };
  const QueryResult outer = run(query(chain_for(server) | nested, "outer"));
  ASSERT_TRUE(outer.ok()) << outer.error->message();
  EXPECT_EQ(outer.answer, "echo: inner echo: outer");
  EXPECT_EQ(inner.attempts.size(), 1u);
  EXPECT_EQ(outer.attempts.size(), 2u);
  EXPECT_GT(outer.usage.total_tokens, inner.usage.total_tokens);
}

TEST_P(AzureChat, maps_the_whole_message) {
  const auto message = AzureChatOpenAI(options_for(server)).invoke({{"system", "s"}, {"human", "hello"}});
  EXPECT_EQ(message.content, "echo: hello");
  EXPECT_EQ(message.finish_reason, "stop");
  EXPECT_FALSE(message.id.empty());
  EXPECT_EQ(message.region, "mock");
  EXPECT_TRUE(message.usage);
  EXPECT_TRUE(message.remaining_requests);
  EXPECT_TRUE(message.processing);
}

TEST_P(AzureChat, retries_the_listed_statuses_with_a_count) {
  for (const int status : {408, 409, 429, 500, 502, 503, 504})
    server.reply(MockReply::error(status, "x", "y").header("retry-after-ms", "1"));
  auto options = options_for(server);
  options.max_retries = 7;
  const QueryResult result = run(query(chain_for(options), "hi"));
  ASSERT_TRUE(result.ok()) << result.error->message();
  EXPECT_EQ(result.attempts.size(), 8u);
  const auto requests = server.requests();
  for (std::size_t i = 1; i < requests.size(); ++i) {
    EXPECT_EQ(requests[i].header("idempotency-key"), requests[0].header("idempotency-key"));
    EXPECT_EQ(requests[i].header("x-corochain-retry-count"), std::to_string(i));
    EXPECT_TRUE(result.attempts[i].retried);
  }
  EXPECT_EQ(result.attempts[0].retry_after, 1ms);
}

TEST_P(AzureChat, stops_after_max_retries_with_all_attempts) {
  server.respond_with([](const auto&) {
    return MockReply::error(503, "busy", "words of the server").header("retry-after-ms", "1");
  });
  try {
    chain_for(server).invoke("hi");
    FAIL() << "did not throw";
  } catch (const ServerError& error) {
    EXPECT_EQ(error.http_status(), 503);
    EXPECT_EQ(error.attempts().size(), 3u);
    EXPECT_TRUE(error.retryable());
    EXPECT_EQ(error.server_message(), "words of the server");
    EXPECT_EQ(std::string(error.what()).find("words of"), std::string::npos);
  }
  EXPECT_EQ(server.request_count(), 3u);
}

TEST_P(AzureChat, never_retries_what_stays_wrong) {
  struct expected {
    int status;
    const char* code;
    ErrorKind kind;
  };
  for (const expected& each :
       {expected{400, "x", ErrorKind::bad_request}, expected{401, "401", ErrorKind::authentication},
        expected{403, "403", ErrorKind::permission_denied},
        expected{404, "DeploymentNotFound", ErrorKind::not_found},
        expected{422, "x", ErrorKind::unprocessable_entity},
        expected{400, "context_length_exceeded", ErrorKind::context_length},
        expected{400, "content_filter", ErrorKind::content_filter},
        expected{429, "insufficient_quota", ErrorKind::quota_exceeded},
        expected{302, "x", ErrorKind::http_status}}) {
    const auto before = server.request_count();
    server.reply(MockReply::error(each.status, each.code, "no"));
    const QueryResult result = run(query(chain_for(server), "hi"));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error->kind(), each.kind) << each.status << ' ' << result.error->message();
    EXPECT_EQ(result.error->http_status(), each.status);
    EXPECT_EQ(server.request_count() - before, 1u);
  }
}

TEST_P(AzureChat, an_advice_beyond_the_deadline_is_not_awaited) {
  server.reply(MockReply::error(429, "429", "x").header("retry-after", "30"));
  auto options = options_for(server);
  options.timeout = 5s;
  const auto start = std::chrono::steady_clock::now();
  const QueryResult result = run(query(chain_for(options), "hi"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error->kind(), ErrorKind::rate_limit);
  EXPECT_EQ(result.error->retry_after(), 30s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
}

TEST_P(AzureChat, a_connection_dropped_before_the_answer_is_retried) {
  const auto chain = chain_for(server);
  server.reply(MockReply::drop());  // on a new connection: a retry
  QueryResult result = run(query(chain, "one"));
  ASSERT_TRUE(result.ok()) << result.error->message();
  EXPECT_EQ(result.attempts.size(), 2u);
  EXPECT_TRUE(result.attempts[0].maybe_billed);
  server.reply(MockReply::reset());  // on the reused one: once more on a fresh one, which is no retry
  result = run(query(chain, "two"));
  ASSERT_TRUE(result.ok()) << result.error->message();
  ASSERT_EQ(result.attempts.size(), 2u);
  EXPECT_TRUE(result.attempts[0].maybe_billed);  // it was sent and never answered
  EXPECT_TRUE(result.attempts[1].resent);
  EXPECT_FALSE(result.attempts[1].retried);
}

TEST_P(AzureChat, a_connection_that_died_while_idle_is_not_used) {
  const auto chain = chain_for(server);
  EXPECT_EQ(chain.invoke("one"), "echo: one");
  server.close_idle_connections();
  ASSERT_TRUE(server.wait_for_connections_open(0, 5s));
  const QueryResult result = run(query(chain, "two"));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(server.request_count(), 2u);
  EXPECT_EQ(server.connections_accepted(), 2u);
}

TEST_P(AzureChat, a_cut_body_is_truncated_and_never_success) {
  server.respond_with([](const auto&) { return MockReply::chat("a long enough answer").cut_body_after(40); });
  EXPECT_THROW(chain_for(server).invoke("hi"), TruncatedError);
  EXPECT_EQ(server.request_count(), 1u);
}

TEST_P(AzureChat, reads_chunked_large_and_closing_answers) {
  const std::string large(3'000'000, 'x');
  server.reply(MockReply::chat(large).chunked());
  server.reply(MockReply::chat(large));
  server.reply(MockReply::chat("bye").close());
  const auto chain = chain_for(server);
  EXPECT_EQ(chain.invoke("a").size(), large.size());
  EXPECT_EQ(chain.invoke("b").size(), large.size());
  EXPECT_EQ(chain.invoke("c"), "bye");
  EXPECT_EQ(chain.invoke("d"), "echo: d");
  EXPECT_EQ(server.connections_accepted(), 2u);
}

TEST_P(AzureChat, bad_answers_are_typed) {
  struct bad {
    const char* type;
    const char* body;
  };
  for (const bad& each :
       {bad{"text/html", "<html>not what you think</html>"}, bad{"application/json", "{\"choices\":[]}"},
        bad{"application/json", "{\"choices\":null}"}, bad{"application/json", "{}"},
        bad{"application/json", ""}, bad{"application/json", "[1,2"},
        bad{"application/json", "{\"choices\":[{\"message\":\"text\"}]}"}}) {
    server.reply(MockReply::raw(200, each.type, each.body));
    EXPECT_THROW(chain_for(server).invoke("hi"), ResponseFormatError) << each.body;
  }
  server.reply(MockReply::chat("x").header("content-encoding", "gzip"));
  EXPECT_THROW(chain_for(server).invoke("hi"), ResponseFormatError);
}

TEST_P(AzureChat, timeout_names_its_phase_and_closes_the_connection) {
  server.hold_until(1000);
  auto options = options_for(server);
  options.timeout = 50ms;
  try {
    chain_for(options).invoke("hi");
    FAIL() << "did not throw";
  } catch (const TimeoutError& error) {
    EXPECT_EQ(error.phase(), Phase::first_byte);
    EXPECT_EQ(error.attempts().size(), 1u);
    EXPECT_TRUE(error.attempts()[0].maybe_billed);
  }
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
  server.hold_until(0);
  options = options_for(server);
  options.first_byte_timeout = 20ms;
  server.reply(MockReply::chat("late").latency(10s));
  EXPECT_THROW(chain_for(options).invoke("hi"), TimeoutError);
  EXPECT_EQ(chain_for(server).invoke("again"), "echo: again");
}

TEST_P(AzureChat, the_key_is_nowhere_in_errors_and_reports) {
  server.respond_with([](const testing::RecordedRequest& request) {
    return MockReply::error(401, "401", "your key was not accepted")
        .header("x-echo", request.header("api-key"));
  });
  const QueryReport report = run(query_all(chain_for(server), std::vector<std::string>{"a", "b"}));
  const std::string all = report.to_json() + report.to_csv() + report.results[0].error->message();
  EXPECT_EQ(all.find("canary"), std::string::npos);
  EXPECT_EQ(report.failed(), 2u);
}

}  // namespace
}  // namespace corochain::azure_chat_openai_test
