// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/mock_chain.hpp"

namespace corochain::pause_test {
namespace {
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;

TEST(Pause, ALongOneFailsAllCallsToTheDeploymentAtOnce) {
  MockServer server;
  server.reply(MockReply::error(429, "RateLimitReached", "slow down").header("retry-after", "60"));
  auto options = test::options_for(server);
  options.timeout = 10s;
  const auto chain = test::chain_for(options);
  EXPECT_THROW(chain.invoke("first"), RateLimitError);
  for (int i = 0; i < 3; ++i) {
    try {
      chain.invoke("others");
      ADD_FAILURE();
    } catch (const RateLimitError& error) {
      EXPECT_TRUE(error.retryable());
      EXPECT_GE(error.retry_after().value(), 55s);
    }
  }
  EXPECT_EQ(server.request_count(), 1u);
  auto elsewhere = options;
  elsewhere.azure_deployment = "another";
  EXPECT_EQ(test::chain_for(elsewhere).invoke("x"), "echo: x");
}

TEST(Pause, HoldsForItsModelAndNotForOthersAtTheSameEndpoint) {
  MockServer server;
  server.reply(MockReply::error(429, "rate_limit_exceeded", "slow down").header("retry-after", "60"));
  OpenAIOptions options;
  options.base_url = server.endpoint() + "/v1";
  options.tls.ca_pem = server.ca_pem();
  options.timeout = 10s;
  options.model = "one";
  EXPECT_THROW(ChatOpenAI(options).invoke("q"), RateLimitError);
  EXPECT_THROW(ChatOpenAI(options).invoke("q"), RateLimitError);
  EXPECT_EQ(server.request_count(), 1u);
  options.model = "two";
  EXPECT_EQ(ChatOpenAI(options).invoke("q").content, "echo: q");
}

TEST(Pause, AShortOneHoldsTheOthersBackUntilItIsOver) {
  MockServer server;
  server.reply(MockReply::error(429, "RateLimitReached", "slow down").header("retry-after-ms", "80"));
  auto options = test::options_for(server);
  options.max_retries = 0;
  const auto chain = test::chain_for(options);
  EXPECT_THROW(chain.invoke("first"), RateLimitError);
  const QueryResult result = run(query(chain, "second"));
  EXPECT_TRUE(result.ok());
  EXPECT_GT(result.timing.limited, 0ms);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_GE(requests[1].received_at - requests[0].received_at, 70ms);
}

TEST(Pause, OneRefusalAmongAnswersHoldsNobodyBack) {
  for (const bool streaming : {false, true}) {
    MockServer server;
    auto options = test::options_for(server);
    options.max_retries = 0;
    options.streaming = streaming;
    const auto chain = test::chain_for(options);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(chain.invoke("x"), "echo: x");
    server.reply(MockReply::error(429, "RateLimitReached", "slow down").header("retry-after", "60"));
    EXPECT_THROW(chain.invoke("refused"), RateLimitError);
    const QueryResult next = run(query(chain, "next"));
    EXPECT_TRUE(next.ok());
    EXPECT_EQ(next.timing.limited, 0ms);
    EXPECT_EQ(server.request_count(), 5u);
  }
}

TEST(Pause, OtherRefusalsPauseNothing) {
  for (const char* code : {"insufficient_quota", "RateLimitReached"}) {
    MockServer server;
    auto options = test::options_for(server);
    options.max_retries = 0;
    const auto chain = test::chain_for(options);
    MockReply refusal = MockReply::error(429, code, "no");
    // One for good, one without advice, one with no wait, one with a wait that nobody would keep.
    if (code == std::string("insufficient_quota")) {
      server.reply(refusal.header("retry-after", "60"));
    } else {
      server.reply(refusal);
      server.reply(MockReply::error(429, code, "no").header("retry-after", "0"));
      server.reply(MockReply::error(429, code, "no").header("retry-after", "86400"));
      EXPECT_THROW(chain.invoke("a"), RateLimitError);
      EXPECT_THROW(chain.invoke("b"), HttpStatusError);
    }
    EXPECT_THROW(chain.invoke("c"), HttpStatusError);
    EXPECT_EQ(chain.invoke("x"), "echo: x") << code;
  }
}

TEST(Pause, CallsThatWaitForTheirTurnEndWithTheirDeadline) {
  MockServer server;
  int seen = 0;
  server.respond_with([&seen](const testing::RecordedRequest&) {
    if (++seen <= 2 || seen > 40) return MockReply::chat("yes");
    return MockReply::error(429, "RateLimitReached", "slow down").header("retry-after", "1");
  });
  auto options = test::options_for(server);
  options.timeout = 3s;
  options.max_retries = 0;
  const auto chain = test::chain_for(options);
  std::vector<Dict> questions;
  for (int i = 0; i < 40; ++i) questions.push_back(Dict{{"question", "q"}});
  const auto began = std::chrono::steady_clock::now();
  const auto results = chain.batch_results(questions, {.max_concurrency = 40});
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
  EXPECT_EQ(std::count_if(results.begin(), results.end(), [](const auto& each) { return each.has_value(); }),
            2);
  // Two a second were accepted: those that come next wait for their turn, and not all get one in three seconds.
  const auto late = chain.batch_results(questions, {.max_concurrency = 40});
  std::size_t limited = 0;
  for (const auto& each : late) {
    if (each.has_value()) continue;
    EXPECT_EQ(each.error().kind(), ErrorKind::timeout);
    ++limited;
  }
  EXPECT_GT(limited, 0u);
  EXPECT_EQ(server.request_count(), 40 + late.size() - limited);
}

TEST(Pause, RefusalsThatAreWaitedForCostNoRetryBudget) {
  MockServer server;
  int seen = 0;
  server.respond_with([&seen](const testing::RecordedRequest&) {
    if (++seen % 2 == 0) return MockReply::chat("yes");
    return MockReply::error(429, "RateLimitReached", "slow down").header("retry-after-ms", "1");
  });
  const auto chain = test::chain_for(server);
  for (int i = 0; i < 150; ++i) EXPECT_EQ(chain.invoke("x"), "yes");  // the budget has a hundred retries
}

}  // namespace
}  // namespace corochain::pause_test
