// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "peers/nginx.hpp"
#include "support/mock_chain.hpp"

namespace corochain::nginx_restart_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::nginx;
using testing::MockReply;
using testing::MockServer;

/// Makes calls without a pause on a thread of its own, one in three streamed, until `stop`.
class load {
 public:
  load(const AzureOptions& options, int callers) : model_(options) {
    for (int i = 0; i < callers; ++i) asio::co_spawn(loop_, call_on(this, i), fail_on_exception);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~load() { stop(); }

  /// Returns when all callers have ended.
  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// Returns when `calls` more calls have ended.
  void pass(std::size_t calls) const {
    const std::size_t wanted = ended + calls;
    ASSERT_TRUE(test::wait_until([&] { return ended >= wanted; }));
  }

  std::atomic<std::size_t> ended{0};
  // To be read after stop().
  std::size_t right = 0;
  /// The streams that had begun and were not repeated.
  std::size_t cut_streams = 0;
  /// The number of such attempts.
  std::size_t maybe_billed = 0;
  std::vector<std::string> failures;

 private:
  static void fail_on_exception(std::exception_ptr error) { EXPECT_FALSE(error); }
  static awaitable<void> call_on(load* self, int caller) {
    for (int i = 0; !self->stopped_; ++i) {
      const std::string question = std::to_string(caller) + "." + std::to_string(i);
      if (i % 3 == 2)
        co_await stream_once(self, question);
      else
        co_await ask_once(self, question);
      ++self->ended;
    }
  }
  static awaitable<void> ask_once(load* self, std::string question) {
    const QueryResult result = co_await query(self->model_, question);
    for (const AttemptRecord& each : result.attempts) self->maybe_billed += each.maybe_billed;
    if (result.ok() && result.answer == "echo: " + question)
      ++self->right;
    else
      self->failures.push_back(result.ok() ? "answered: " + result.answer : result.error->message());
  }
  static awaitable<void> stream_once(load* self, std::string question) {
    Stream<AIMessage> stream = self->model_.astream(question);
    std::string text;
    try {
      for (;;) {
        std::optional<AIMessageChunk> piece = co_await stream.next();
        if (!piece) break;
        text += piece->content;
      }
      if (text == "echo: " + question)
        ++self->right;
      else
        self->failures.push_back("streamed: " + text);
    } catch (const TruncatedError& error) {
      EXPECT_EQ(error.details().text, text);
      ++self->cut_streams;
    } catch (const Error& error) {
      self->failures.push_back(error.what());
    }
  }

  AzureChatOpenAI model_;
  asio::io_context loop_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

/// Delays each answer, so that a call is always in flight.
void be_slow(MockServer& server) {
  server.respond_with([](const testing::RecordedRequest& request) {
    const std::size_t at = request.body.rfind("\"content\":\"") + 11;
    const std::string text = "echo: " + request.body.substr(at, request.body.find('"', at) - at);
    const bool streamed = request.body.find("\"stream\":true") != std::string::npos;
    if (!streamed) return MockReply::chat(text).latency(3ms);
    return MockReply::stream({text.substr(0, 3), text.substr(3)}).chunk_interval(2ms);
  });
}

TEST(NginxRestart, a_reload_under_load_loses_nothing) {
  MockServer server(test::plain_http());
  be_slow(server);
  nginx front(server.port());
  load calls(front.options(), 8);
  for (int i = 0; i < 5; ++i) {
    calls.pass(60);
    front.reload();
  }
  calls.pass(60);
  calls.stop();
  EXPECT_TRUE(calls.failures.empty()) << calls.failures.front();
  EXPECT_EQ(calls.cut_streams, 0u);
  EXPECT_EQ(calls.right, calls.ended);
  EXPECT_EQ(server.request_count(), calls.ended);  // nor did anything reach the server twice
}

TEST(NginxRestart, a_restart_under_load_loses_no_repeatable_call) {
  MockServer server(test::plain_http());
  be_slow(server);
  nginx front(server.port());
  AzureOptions options = front.options();
  options.max_retries = 5;
  load calls(options, 8);
  for (int i = 0; i < 3; ++i) {
    calls.pass(60);
    front.stop();
    front.start();
  }
  calls.pass(60);
  calls.stop();
  EXPECT_TRUE(calls.failures.empty()) << calls.failures.front();
  EXPECT_EQ(calls.right + calls.cut_streams, calls.ended);
  EXPECT_GE(server.request_count(), calls.ended);
  EXPECT_GT(calls.maybe_billed, 0u);  // some were under way
}

}  // namespace
}  // namespace corochain::nginx_restart_test
