// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <mutex>
#include <string>
#include <vector>

#include "support/mock_chain.hpp"

namespace corochain::pause_test {
namespace {
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;
namespace asio = boost::asio;

/// Records the log lines of failed calls while it exists.
class failed_calls {
 public:
  failed_calls() {
    set_log(LogLevel::error, [this](const LogRecord& record) {
      const std::lock_guard lock(mutex_);
      if (record.event == "call.failed") lines_.emplace_back(record.text);
    });
  }
  ~failed_calls() { set_log(LogLevel::off, nullptr); }
  failed_calls(const failed_calls&) = delete;
  failed_calls& operator=(const failed_calls&) = delete;

  std::ptrdiff_t count(const std::string& words) const {
    const std::lock_guard lock(mutex_);
    return std::count_if(lines_.begin(), lines_.end(),
                         [&](const std::string& each) { return each.find(words) != std::string::npos; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST(Pause, a_long_one_fails_all_calls_at_once) {
  MockServer server;
  server.reply(MockReply::error(429, "RateLimitReached", "slow down").header("retry-after", "60"));
  auto options = test::options_for(server);
  options.timeout = 10s;
  const auto chain = test::chain_for(options);
  EXPECT_THROW(chain.invoke("first"), RateLimitError);
  const failed_calls failed;
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
  EXPECT_EQ(failed.count("decision=paused_too_long"), 3);
  auto elsewhere = options;
  elsewhere.azure_deployment = "another";
  EXPECT_EQ(test::chain_for(elsewhere).invoke("x"), "echo: x");
}

TEST(Pause, holds_for_its_model_alone_at_an_endpoint) {
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

TEST(Pause, a_short_one_holds_the_others_back_until_it_is_over) {
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

TEST(Pause, one_refusal_among_answers_holds_nobody_back) {
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

TEST(Pause, other_refusals_pause_nothing) {
  for (const char* code : {"insufficient_quota", "RateLimitReached"}) {
    MockServer server;
    auto options = test::options_for(server);
    options.max_retries = 0;
    const auto chain = test::chain_for(options);
    MockReply refusal = MockReply::error(429, code, "no");
    // A final failure, a failure without advice, an advice of no wait, and an advice of a very long wait.
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

TEST(Pause, waiting_calls_end_at_their_deadline) {
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
  // The server accepted two calls a second. The next calls wait for their turn, and three seconds are not
  // enough for all.
  const failed_calls failed;
  const QueryReport late = run(query_all(chain, questions, {.max_concurrency = 40}));
  std::size_t limited = 0;
  for (const QueryResult& each : late.results) {
    if (each.ok()) continue;
    EXPECT_EQ(each.error->kind(), ErrorKind::timeout);
    EXPECT_EQ(each.error->error()->details().phase, Phase::limited);
    EXPECT_GE(each.timing.limited, 2500ms) << "all of its time";
    EXPECT_LE(each.timing.limited, each.timing.total);
    ++limited;
  }
  EXPECT_GT(limited, 0u);
  EXPECT_EQ(server.request_count(), 40 + late.results.size() - limited);
  EXPECT_EQ(failed.count("decision=turn_too_late"), static_cast<std::ptrdiff_t>(limited));
}

TEST(Pause, the_time_of_a_cancelled_wait_is_known) {
  MockServer server;
  server.reply(MockReply::error(429, "RateLimitReached", "slow down").header("retry-after", "60"));
  auto options = test::options_for(server);
  options.max_retries = 0;
  const auto chain = test::chain_for(options);
  EXPECT_THROW(chain.invoke("first"), RateLimitError);

  const failed_calls failed;
  asio::io_context loop;
  asio::cancellation_signal signal;
  QueryResult result;
  std::exception_ptr error;
  auto answer = detail::answer_into(*chain.step(), Dict{{"question", "second"}}, result);
  asio::co_spawn(loop, detail::measure_call(std::move(answer), result),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
  loop.run_for(200ms);
  ASSERT_FALSE(error);
  signal.emit(asio::cancellation_type::terminal);
  loop.run_for(30s);
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
  EXPECT_GT(result.timing.limited, 100ms);
  EXPECT_LE(result.timing.limited, result.timing.total);
  EXPECT_EQ(failed.count("decision=cancelled"), 1);
  EXPECT_EQ(server.request_count(), 1u);
}

TEST(Pause, refusals_that_are_waited_for_cost_no_retry_budget) {
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
