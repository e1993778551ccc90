// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Objects that busy threads share. ThreadSanitizer reports most of the faults that these tests can find.

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <set>
#include <thread>
#include <vector>

#include "support/mock_chain.hpp"
#include "support/rounds.hpp"
#include "threads/busy_caller.hpp"

namespace corochain::threads_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::busy_caller;
using test::tally;
using testing::MockReply;
using testing::MockServer;

constexpr unsigned thread_count = 8;
constexpr unsigned callers_per_thread = 4;
const int calls_per_caller = test::rounds_of(40);
const int all_calls = static_cast<int>(thread_count * callers_per_thread) * calls_per_caller;

awaitable<AccessToken> fetch_token(std::shared_ptr<std::atomic<int>> fetched) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here, 1ms);
  co_await timer.async_wait(asio::use_awaitable);
  // It counts as used up five minutes before its end: in a moment.
  co_return AccessToken(Secret("token-" + std::to_string(++*fetched)),
                        std::chrono::system_clock::now() + 5min + 30ms);
}

/// Answers late, and as a stream if asked. Refuses some requests at first: for a pause, for another token.
class moody_answers {
 public:
  MockReply operator()(const testing::RecordedRequest& request) {
    const std::string key = request.header("idempotency-key");
    if (seen_.insert(key).second) {
      if (seen_.size() % 23 == 0)
        return MockReply::error(429, "RateLimitReached", "slow down").header("retry-after-ms", "4");
      if (seen_.size() % 31 == 0) return MockReply::error(401, "Unauthorized", "another token, please");
      if (seen_.size() % 41 == 0) return MockReply::drop();
    }
    const std::size_t at = request.body.rfind(R"("content":")") + 11;
    const std::string text = request.body.substr(at, request.body.find('"', at) - at);
    const auto time = std::chrono::milliseconds(seen_.size() % 3);
    if (request.body.find(R"("stream":true)") == std::string::npos)
      return MockReply::chat("echo: " + text).latency(time);
    return MockReply::stream({"echo: ", text}).chunk_interval(time);
  }

 private:
  std::set<std::string> seen_;
};

/// Calls the functions on contexts that any thread may call at any time, from a thread that runs none of
/// them.
class meddler {
 public:
  meddler(std::vector<asio::io_context*> contexts, const AzureOptions& options)
      : thread_([this, contexts = std::move(contexts), options] {
          std::minstd_rand random(7);
          while (!stopped_) {
            asio::io_context& context = *contexts[random() % contexts.size()];
            switch (random() % 6) {
              case 0: close_idle(context); break;
              case 1:
                for (const EndpointSnapshot& each : connection_snapshot(context))
                  EXPECT_GE(each.open, each.idle);
                break;
              case 2:
                set_log(LogLevel::debug, [this](const LogRecord& line) { lines_ += line.text.size() > 0; });
                break;
              case 3: set_log(LogLevel::off, nullptr); break;
              case 4: AzureChatOpenAI{options}; break;
              default:
                asio::co_spawn(context, drain(std::chrono::steady_clock::now() + 1ms), asio::detached);
                std::this_thread::sleep_for(1ms);  // another moment of the drain each time
                end_drain(context);
            }
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));  // a random moment
          }
          for (asio::io_context* each : contexts) end_drain(*each);
          set_log(LogLevel::off, nullptr);
        }) {}
  ~meddler() { stop(); }
  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int lines() const { return lines_; }

 private:
  std::atomic<bool> stopped_{false};
  std::atomic<int> lines_{0};
  std::thread thread_;
};

/// The parameter selects TLS.
class Threads : public ::testing::TestWithParam<bool> {
 protected:
  static testing::MockServerOptions how() {
    testing::MockServerOptions options;
    options.tls = GetParam();
    return options;
  }
  void SetUp() override { server.respond_with(moody_answers()); }
  void spawn(asio::any_io_executor executor, unsigned number, bool serial) {
    auto caller = std::make_shared<busy_caller>(model, ends, number, serial);
    asio::co_spawn(executor, busy_caller::run(caller, calls_per_caller),
                   [](std::exception_ptr error) { EXPECT_FALSE(error); });
  }
  void expect_rest(asio::io_context& context) {
    for (const EndpointSnapshot& each : connection_snapshot(context)) {
      EXPECT_EQ(each.in_flight, 0u);
      EXPECT_EQ(each.waiting, 0u);
      EXPECT_EQ(each.connecting, 0u);
      EXPECT_EQ(each.open, each.idle);
    }
    close_idle(context);
    for (const EndpointSnapshot& each : connection_snapshot(context)) EXPECT_EQ(each.open, 0u);
  }
  void expect_all_ended() {
    EXPECT_EQ(ends.answered + ends.cancelled + ends.left, all_calls);
    EXPECT_GT(ends.answered, all_calls / 4);
    EXPECT_TRUE(server.wait_for_connections_open(0, 20s));
    EXPECT_GT(*fetched, 0);
  }

  MockServer server{how()};
  std::shared_ptr<std::atomic<int>> fetched = std::make_shared<std::atomic<int>>(0);
  tally ends;
  AzureOptions options = [this] {
    AzureOptions made = test::options_for(server);
    made.api_key = Secret();
    made.azure_ad_token_provider = TokenProvider([count = fetched] { return fetch_token(count); });
    made.max_retries = 8;
    made.connections.max_connections = 6;
    return made;
  }();
  AzureChatOpenAI model{options};
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, Threads, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "https" : "http"; });

TEST_P(Threads, share_a_model_each_with_a_loop) {
  std::vector<std::unique_ptr<asio::io_context>> loops;
  std::vector<asio::io_context*> contexts;
  for (unsigned i = 0; i < thread_count; ++i) {
    loops.push_back(std::make_unique<asio::io_context>(1));
    contexts.push_back(loops.back().get());
    for (unsigned j = 0; j < callers_per_thread; ++j)
      spawn(loops[i]->get_executor(), i * callers_per_thread + j, true);
  }
  meddler other(contexts, options);
  std::vector<std::thread> threads;
  for (const auto& each : loops) threads.emplace_back([&loop = *each] { loop.run(); });
  for (auto& each : threads) each.join();
  other.stop();
  for (const auto& each : loops) expect_rest(*each);
  EXPECT_GT(ends.cancelled, 0);
  expect_all_ended();
}

TEST_P(Threads, share_a_loop) {
  asio::io_context loop(static_cast<int>(thread_count));
  for (unsigned i = 0; i < thread_count * callers_per_thread; ++i) {
    if (i % 2 == 0)
      spawn(asio::make_strand(loop), i, true);
    else
      spawn(loop.get_executor(), i, false);
  }
  meddler other({&loop}, options);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < thread_count; ++i) threads.emplace_back([&loop] { loop.run(); });
  for (auto& each : threads) each.join();
  other.stop();
  expect_rest(loop);
  EXPECT_GT(ends.cancelled, 0);
  expect_all_ended();
}

TEST_P(Threads, call_synchronously) {
  const auto chain = ChatPromptTemplate::from_messages({{"human", "{question}"}}) | model | StrOutputParser();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < thread_count; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < calls_per_caller; ++j) {
        const std::string question = std::to_string(i) + "." + std::to_string(j);
        EXPECT_EQ(chain.invoke(question), "echo: " + question);
        std::string streamed;
        for (const std::string& chunk : chain.stream(question)) {
          streamed += chunk;
          if (j % 4 == 0) break;
        }
        EXPECT_EQ(streamed, j % 4 == 0 ? "echo: " : "echo: " + question);
        const std::vector<std::string> both{question, question};
        EXPECT_EQ(chain.batch(both).size(), 2u);
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_TRUE(server.wait_for_connections_open(0, 20s));  // they end with their threads
}

}  // namespace
}  // namespace corochain::threads_test
