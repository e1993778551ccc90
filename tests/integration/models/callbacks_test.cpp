// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "support/event_recorder.hpp"
#include "support/mock_chain.hpp"

namespace corochain::callbacks_test {
namespace {
using namespace std::chrono_literals;
using test::EventRecorder;
using testing::MockReply;
using testing::MockServer;

MockReply overloaded(const char* wait) {
  return MockReply::error(503, "busy", "canary of the server").header("retry-after-ms", wait);
}

std::vector<RunEvent> retries_in(const EventRecorder& recorder) {
  std::vector<RunEvent> retries;
  for (const RunEvent& event : recorder.events())
    if (event.kind() == RunEventKind::retried) retries.push_back(event);
  return retries;
}

TEST(ModelCallbacks, tell_of_each_attempt_that_the_client_repeats) {
  MockServer server(test::plain_http());
  server.reply(overloaded("3"));
  server.reply(MockReply::error(408, "slow", "no").header("retry-after-ms", "0"));
  const auto chain = test::chain_for(server);
  const auto recorder = std::make_shared<EventRecorder>();
  EXPECT_EQ(chain.invoke("x", RunConfig().callback(recorder)), "echo: x");

  EXPECT_EQ(
      recorder->lines(),
      (std::vector<std::string>{
          "on_chain_start RunnableSequence", "on_prompt_start ChatPromptTemplate seq:step:1",
          "on_prompt_end ChatPromptTemplate seq:step:1", "on_chat_model_start AzureChatOpenAI seq:step:2",
          "on_chat_model_retry AzureChatOpenAI seq:step:2", "on_chat_model_retry AzureChatOpenAI seq:step:2",
          "on_chat_model_end AzureChatOpenAI seq:step:2", "on_parser_start StrOutputParser seq:step:3",
          "on_parser_end StrOutputParser seq:step:3", "on_chain_end RunnableSequence"}));
  const auto retries = retries_in(*recorder);
  ASSERT_EQ(retries.size(), 2u);
  EXPECT_EQ(retries[0].attempt(), 2u);
  EXPECT_GE(retries[0].wait(), 3ms);  // some jitter is added
  ASSERT_NE(retries[0].error(), nullptr);
  EXPECT_EQ(retries[0].error()->kind(), ErrorKind::server);
  EXPECT_EQ(retries[0].error()->http_status(), 503);
  EXPECT_EQ(retries[0].error()->error()->server_message(), "canary of the server");
  EXPECT_EQ(retries[0].error()->error()->attempts().size(), 1u);
  EXPECT_EQ(retries[1].attempt(), 3u);
  EXPECT_EQ(retries[1].error()->http_status(), 408);
  EXPECT_EQ(retries[1].error()->error()->attempts().size(), 2u);
  EXPECT_EQ(retries[1].run_id(), recorder->events()[3].run_id());
}

TEST(ModelCallbacks, tell_of_retries_before_the_first_chunk_of_a_stream) {
  MockServer server(test::plain_http());
  server.reply(overloaded("0"));
  const auto recorder = std::make_shared<EventRecorder>();
  std::string text;
  for (const auto& chunk : test::chain_for(server).stream("a b", RunConfig().callback(recorder)))
    text += chunk;
  EXPECT_EQ(text, "echo: a b");
  const auto retries = retries_in(*recorder);
  ASSERT_EQ(retries.size(), 1u);
  EXPECT_EQ(retries[0].name(), "AzureChatOpenAI");
  EXPECT_EQ(retries[0].error()->http_status(), 503);
}

TEST(ModelCallbacks, tell_of_no_retry_where_none_follows) {
  MockServer server(test::plain_http());
  server.respond_with(
      [](const auto&) { return MockReply::error(503, "busy", "no").header("retry-after-ms", "0"); });
  auto options = test::options_for(server);
  options.max_retries = 1;
  const auto recorder = std::make_shared<EventRecorder>();
  EXPECT_THROW(test::chain_for(options).invoke("x", RunConfig().callback(recorder)), ServerError);
  EXPECT_EQ(server.request_count(), 2u);
  EXPECT_EQ(retries_in(*recorder).size(), 1u);
  EXPECT_EQ(recorder->events().back().error()->error()->attempts().size(), 2u);
}

TEST(ModelCallbacks, tell_of_a_refused_token_that_is_fetched_anew) {
  MockServer server(test::plain_http());
  server.reply(MockReply::error(401, "401", "expired"));
  auto options = test::options_for(server);
  options.api_key = Secret();
  options.azure_ad_token_provider = StaticTokenCredential(Secret("a-token"));
  const auto recorder = std::make_shared<EventRecorder>();
  EXPECT_EQ(test::chain_for(options).invoke("x", RunConfig().callback(recorder)), "echo: x");
  const auto retries = retries_in(*recorder);
  ASSERT_EQ(retries.size(), 1u);
  EXPECT_EQ(retries[0].error()->kind(), ErrorKind::authentication);
  EXPECT_EQ(retries[0].wait(), 0ms);
}

TEST(ModelCallbacks, count_the_tokens_of_whole_and_streamed_answers) {
  MockServer server(test::plain_http());
  const AzureChatOpenAI model(test::options_for(server));
  const auto usage = std::make_shared<UsageMetadataCallbackHandler>();
  const RunConfig counted = RunConfig().callback(usage);
  const AIMessage whole = model.invoke("one two three", counted);
  ASSERT_TRUE(whole.usage);
  EXPECT_EQ(usage->total(), *whole.usage);
  AIMessageChunk streamed;
  for (const auto& chunk : model.stream("one two three", counted)) streamed += chunk;
  ASSERT_TRUE(streamed.usage);
  EXPECT_EQ(usage->total(), *whole.usage + *streamed.usage);
  ASSERT_EQ(usage->usage_metadata().size(), 1u);
  EXPECT_EQ(usage->usage_metadata()[0].first, whole.model);
}

}  // namespace
}  // namespace corochain::callbacks_test
