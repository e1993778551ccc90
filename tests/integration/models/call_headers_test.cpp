// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <string>

#include "support/http_and_https.hpp"
#include "support/mock_chain.hpp"

// Headers of one call, headers with secret values, and secrets that a server repeats.

namespace corochain::call_headers_test {
namespace {
using test::plain_http;
using testing::MockReply;
using testing::MockServer;

const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const std::string gateway_key = "canary-of-the-gateway-0123";

TEST(CallHeaders, go_out_with_every_request_of_the_call) {
  MockServer server(plain_http());
  server.reply(MockReply::error(503, "overloaded", "later").header("retry-after-ms", "1"));
  const auto chain = test::chain_for(server);
  EXPECT_EQ(chain.invoke("x", RunConfig().header("traceparent", trace)), "echo: x");
  ASSERT_EQ(server.requests().size(), 2u);
  for (const auto& request : server.requests()) EXPECT_EQ(request.header("traceparent"), trace);
  EXPECT_EQ(chain.invoke("y"), "echo: y");
  EXPECT_EQ(server.requests().at(2).header("traceparent"), "");
}

TEST(CallHeaders, go_out_with_streams) {
  MockServer server(plain_http());
  std::string text;
  for (const auto& chunk : test::chain_for(server).stream("x", RunConfig().header("traceparent", trace)))
    text += chunk;
  EXPECT_EQ(text, "echo: x");
  EXPECT_EQ(server.requests().at(0).header("traceparent"), trace);
}

TEST(CallHeaders, say_whether_a_stream_is_wanted) {
  MockServer server(plain_http());
  auto options = test::options_for(server);
  test::chain_for(options).invoke({{"question", "x"}});
  options.streaming = true;
  test::chain_for(options).invoke({{"question", "x"}});
  options.default_headers = {{"Accept", "*/*"}};
  test::chain_for(options).invoke({{"question", "x"}});
  EXPECT_EQ(server.requests().at(0).header("accept"), "application/json");
  EXPECT_EQ(server.requests().at(1).header("accept"), "text/event-stream");
  EXPECT_EQ(server.requests().at(2).header("accept"), "*/*");
}

TEST(CallHeaders, replace_the_models_own) {
  MockServer server(plain_http());
  auto options = test::options_for(server);
  options.default_headers = {{"x-team", "blue"}, {"X-Cost-Center", "7"}};
  const auto chain = test::chain_for(options);
  const Dict input{{"question", "x"}};
  chain.invoke(input,
               RunConfig().header("X-Team", "red").header("user-agent", "mine/1").header("x-team", "green"));
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.header("x-team"), "green");
  EXPECT_EQ(request.header("x-cost-center"), "7");
  EXPECT_EQ(request.header("user-agent"), "mine/1");
  EXPECT_EQ(request.header("content-type"), "application/json");
  chain.invoke(input);
  EXPECT_EQ(server.requests().at(1).header("x-team"), "blue");
}

TEST(CallHeaders, of_the_call_go_before_those_that_are_bound) {
  MockServer server(plain_http());
  const auto chain =
      test::chain_for(server).with_config(RunConfig().header("x-a", "bound").header("x-b", "bound"));
  chain.invoke("x", RunConfig().header("X-A", "given"));
  EXPECT_EQ(server.requests().at(0).header("x-a"), "given");
  EXPECT_EQ(server.requests().at(0).header("x-b"), "bound");
}

TEST(CallHeaders, reach_each_item_of_a_batch) {
  MockServer server(plain_http());
  const auto chain = test::chain_for(server);
  chain.batch({"a", "b", "c"}, BatchOptions(), RunConfig().header("traceparent", trace));
  ASSERT_EQ(server.requests().size(), 3u);
  for (const auto& request : server.requests()) EXPECT_EQ(request.header("traceparent"), trace);
}

TEST(CallHeaders, that_are_none_are_refused_at_once) {
  RunConfig config;
  for (const char* name : {"", "a b", "a:b", "x\r\ny", "Host", "content-length", "Transfer-Encoding",
                           "api-key", "AUTHORIZATION", "Idempotency-Key", "Accept-Encoding", "Connection"})
    EXPECT_THROW(config.header(name, "v"), ConfigError) << name;
  for (const std::string& value : {std::string("a\r\nb: c"), std::string("a\nb"), std::string("a\0b", 3)}) {
    try {
      config.header("x-a", Secret(value));
      ADD_FAILURE() << "accepted";
    } catch (const ConfigError& error) {
      EXPECT_EQ(std::string(error.what()).find(value), std::string::npos);
    }
  }
  EXPECT_TRUE(config.empty());
}

/// The error of a call whose server repeats the secrets in every text.
template <class Call>
Error error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorKind::other, "");
}

void expect_masked(const Error& error, const std::string& secret) {
  EXPECT_EQ(error.server_message().find(secret), std::string::npos) << error.server_message();
  EXPECT_NE(error.server_message().find("***"), std::string::npos) << error.server_message();
  EXPECT_EQ(error.details().server_code.find(secret), std::string::npos) << error.details().server_code;
  EXPECT_EQ(error.details().param.find(secret), std::string::npos);
  EXPECT_EQ(error.request_id().find(secret), std::string::npos);
  EXPECT_EQ(std::string(error.what()).find(secret), std::string::npos);
  for (const AttemptRecord& attempt : error.attempts()) {
    EXPECT_EQ(attempt.error.find(secret), std::string::npos);
    EXPECT_EQ(attempt.request_id.find(secret), std::string::npos);
  }
}

MockReply repeats(const std::string& secret) {
  return MockReply::raw(401, "application/json",
                        R"({"error":{"message":"no such key: )" + secret + R"(","code":")" + secret +
                            R"(","param":")" + secret + R"("}})")
      .header("x-request-id", secret);
}

TEST(SecretHeaders, are_sent_and_never_heard_again) {
  MockServer server(plain_http());
  server.reply(repeats(gateway_key));
  auto options = test::options_for(server);
  options.default_headers = {{"Ocp-Apim-Subscription-Key", Secret(gateway_key)}};
  const auto chain = test::chain_for(options);
  const Error error = error_of([&] { chain.invoke({{"question", "x"}}); });
  EXPECT_EQ(error.kind(), ErrorKind::authentication);
  EXPECT_EQ(server.requests().at(0).header("ocp-apim-subscription-key"), gateway_key);
  expect_masked(error, gateway_key);
}

TEST(SecretHeaders, of_a_call_are_masked_as_well) {
  MockServer server(plain_http());
  server.reply(repeats(gateway_key));
  const Error error = error_of(
      [&] { test::chain_for(server).invoke("x", RunConfig().header("x-gateway", Secret(gateway_key))); });
  EXPECT_EQ(server.requests().at(0).header("x-gateway"), gateway_key);
  expect_masked(error, gateway_key);
}

TEST(SecretHeaders, are_plain_text_when_they_are_no_secrets) {
  MockServer server(plain_http());
  server.reply(repeats("team-of-the-day"));
  const Error error =
      error_of([&] { test::chain_for(server).invoke("x", RunConfig().header("x-team", "team-of-the-day")); });
  EXPECT_EQ(error.server_message(), "no such key: team-of-the-day");
}

TEST(ServersWords, never_hold_the_key) {
  const std::string key = "canary-key-0123456789";
  for (const bool streamed : {false, true}) {
    const auto error_for = [&](MockReply reply) {
      MockServer server(plain_http());
      server.reply(std::move(reply));
      auto options = test::options_for(server);
      options.streaming = streamed;
      return error_of([&] { test::chain_for(options).invoke({{"question", "x"}}); });
    };
    expect_masked(error_for(repeats(key)), key);
    expect_masked(error_for(MockReply::raw(400, "text/html", "<p>api-key: " + key + "</p>")), key);
    // The excerpt ends within the key.
    const std::string cut =
        error_for(MockReply::raw(400, "text/plain", std::string(4086, 'x') + key)).server_message();
    EXPECT_EQ(cut.find("canary"), std::string::npos);
    EXPECT_EQ(cut.size(), 4086u + 3);
    // A 200 reports an error.
    const std::string reported = R"({"error":{"message":"key )" + key + R"(","code":400}})";
    expect_masked(error_for(MockReply::raw(200, "application/json", reported)), key);
  }
}

TEST(ServersWords, never_hold_the_key_within_a_stream) {
  const std::string key = "canary-key-0123456789";
  MockServer server(plain_http());
  server.reply(
      MockReply::raw(200, "text/event-stream", R"(data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}

data: {"error":{"message":"key canary-k\u0065y-0123456789","code":"400"}}

)"));
  std::string text;
  const Error error = error_of([&] {
    for (const auto& chunk : test::chain_for(server).stream("x")) text += chunk;
  });
  EXPECT_EQ(text, "Hi");
  expect_masked(error, key);
}

}  // namespace
}  // namespace corochain::call_headers_test
