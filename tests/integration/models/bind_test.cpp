// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "support/mock_chain.hpp"

namespace corochain::bind_test {
namespace {
using nlohmann::json;
using testing::MockReply;
using testing::MockServer;

json last_body(const MockServer& server) { return json::parse(server.requests().back().body); }

AzureOptions own_options(const MockServer& server) {
  AzureOptions options = test::options_for(server);
  options.temperature = 0.25;
  options.max_tokens = 99;
  options.seed = 7;
  options.extra_body = R"({"own":true})";
  return options;
}

TEST(Bind, puts_options_before_the_models_own) {
  MockServer server(test::plain_http());
  server.respond_with([](const auto&) { return MockReply::chat("yes"); });
  const AzureChatOpenAI model(own_options(server));
  ChatCallOptions options;
  options.temperature = 1.5;
  options.max_tokens = 5;
  options.stop = {"END"};
  options.response_format = R"({"type":"json_object"})";
  options.user = "somebody";
  options.extra_body = R"({"given":1})";
  const ChatModel bound = model.bind(options);
  EXPECT_EQ(bound.invoke("q").content, "yes");
  const json body = last_body(server);
  EXPECT_EQ(body["temperature"], 1.5);
  EXPECT_EQ(body["max_completion_tokens"], 5);
  EXPECT_EQ(body["seed"], 7);
  EXPECT_EQ(body["stop"], json::array({"END"}));
  EXPECT_EQ(body["response_format"]["type"], "json_object");
  EXPECT_EQ(body["user"], "somebody");
  EXPECT_EQ(body["given"], 1);
  EXPECT_FALSE(body.contains("own"));

  // The model itself does not change.
  EXPECT_EQ(model.invoke("q").content, "yes");
  EXPECT_EQ(last_body(server)["temperature"], 0.25);
  EXPECT_EQ(last_body(server)["own"], true);
  EXPECT_FALSE(last_body(server).contains("stop"));

  // A later binding wins, and keeps the other options.
  ChatCallOptions later;
  later.temperature = 0.5;
  EXPECT_EQ(bound.bind(later).invoke("q").content, "yes");
  EXPECT_EQ(last_body(server)["temperature"], 0.5);
  EXPECT_EQ(last_body(server)["max_completion_tokens"], 5);
}

TEST(Bind, reaches_a_model_through_what_stands_around_it) {
  MockServer server(test::plain_http());
  server.respond_with([](const auto&) { return MockReply::chat("yes"); });
  const AzureChatOpenAI model(own_options(server));
  ChatCallOptions options;
  options.temperature = 1.5;
  const ChatModel wrapped = model.with_config(RunConfig().tag("a"))
                                .with_retry({.stop_after_attempt = 2})
                                .with_fallbacks({model})
                                .bind(options);
  EXPECT_EQ((ChatPromptTemplate::from_template("{q}") | wrapped).invoke("q").content, "yes");
  EXPECT_EQ(last_body(server)["temperature"], 1.5);
}

TEST(Bind, refuses_what_is_wrong) {
  MockServer server(test::plain_http());
  const AzureChatOpenAI model(own_options(server));
  ChatCallOptions wrong;
  wrong.temperature = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)model.bind(wrong), ConfigError);
  wrong = ChatCallOptions();
  wrong.extra_body = R"({"temperature":1})";
  EXPECT_THROW((void)model.bind(wrong), ConfigError);
  EXPECT_EQ(server.request_count(), 0u);
}

}  // namespace
}  // namespace corochain::bind_test
