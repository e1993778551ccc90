// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The bound of all retries to a deployment, as calls, records and reports show it.

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "support/mock_chain.hpp"

namespace corochain::retry_budget_test {
namespace {
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;

/// A server that answers every request with this status, and asks for a short wait.
void always(MockServer& server, int status) {
  server.respond_with([status](const testing::RecordedRequest&) {
    return MockReply::error(status, "busy", "busy").header("retry-after-ms", "1");
  });
}

TEST(RetryBudget, that_is_used_up_is_said) {
  MockServer server;
  always(server, 503);
  auto options = test::options_for(server);
  options.max_retries = 5;
  options.retry_budget->minimum = 3;
  const auto chain = test::chain_for(options);
  const QueryReport report = run(query_all(chain, {"a", "b"}, {.max_concurrency = 1}));
  const QueryResult& first = report.results[0];
  ASSERT_TRUE(first.error);
  EXPECT_EQ(first.error->kind(), ErrorKind::server);
  EXPECT_NE(first.error->message().find("retry budget is used up"), std::string::npos)
      << first.error->message();
  EXPECT_NE(first.error->message().find("option retry_budget"), std::string::npos);
  ASSERT_EQ(first.attempts.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(first.attempts[i].retry_budget_used_up, i == 3) << i;
  EXPECT_TRUE(first.error->attempts().back().retry_budget_used_up);
  EXPECT_EQ(report.results[1].attempts.size(), 1u) << "the budget is that of all calls";
  EXPECT_EQ(report.retries(), 3u);
  EXPECT_EQ(report.retries_refused(), 2u);
  EXPECT_NE(report.to_json().find(R"("retries_refused":2)"), std::string::npos);
}

TEST(RetryBudget, may_be_switched_off) {
  MockServer server;
  always(server, 503);
  auto options = test::options_for(server);
  options.max_retries = 150;
  options.retry_budget.reset();
  const QueryResult result = run(query(test::chain_for(options), "a"));
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.attempts.size(), 151u);
  EXPECT_EQ(result.error->message().find("budget"), std::string::npos);
}

TEST(RetryBudget, is_earned_by_answered_calls) {
  MockServer server;
  auto options = test::options_for(server);
  options.retry_budget = RetryBudget{.ratio = 0.5, .minimum = 1};
  options.max_retries = 1;
  const auto chain = test::chain_for(options);
  const auto fail_once = [&] {
    server.reply(MockReply::error(503, "busy", "busy").header("retry-after-ms", "1"));
    server.reply(MockReply::error(503, "busy", "busy").header("retry-after-ms", "1"));
    return run(query(chain, "x")).attempts.size();
  };
  EXPECT_EQ(fail_once(), 2u);
  server.reply(MockReply::error(503, "busy", "busy").header("retry-after-ms", "1"));
  EXPECT_EQ(run(query(chain, "x")).attempts.size(), 1u) << "nothing is left";
  EXPECT_EQ(chain.invoke("y"), "echo: y");
  EXPECT_EQ(chain.invoke("z"), "echo: z");
  EXPECT_EQ(fail_once(), 2u);
}

TEST(RetryBudget, refusals_cost_nothing) {
  MockServer server;
  int seen = 0;
  server.respond_with([&seen](const testing::RecordedRequest&) {
    if (++seen % 2 == 0) return MockReply::chat("yes");
    return MockReply::error(429, "RateLimitReached", "slow down").header("x-should-retry", "true");
  });
  auto options = test::options_for(server);
  options.retry_budget = RetryBudget{.ratio = 0, .minimum = 0};
  const auto chain = test::chain_for(options);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(chain.invoke("x"), "yes");
}

TEST(RetryBudget, must_make_sense) {
  MockServer server;
  for (const RetryBudget& budget :
       {RetryBudget{.ratio = -0.1}, RetryBudget{.ratio = std::numeric_limits<double>::quiet_NaN()},
        RetryBudget{.ratio = std::numeric_limits<double>::infinity()}, RetryBudget{.minimum = -1}}) {
    auto options = test::options_for(server);
    options.retry_budget = budget;
    EXPECT_THROW(test::chain_for(options), ConfigError);
  }
}

}  // namespace
}  // namespace corochain::retry_budget_test
