// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <filesystem>
#include <list>
#include <random>

#include "support/mock_chain.hpp"

namespace corochain::random_cancellation_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;

std::size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

/// The parameter selects TLS.
class RandomCancellation : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, RandomCancellation, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "https" : "http"; });

/// Two thousand calls in all, each cancelled after a random number of turns of the loop, from before the
/// first turn to after the last.
TEST_P(RandomCancellation, leaves_nothing_open) {
  testing::MockServerOptions how;
  how.tls = GetParam();
  MockServer server(how);
  std::size_t asked = 0;
  server.respond_with([&](const testing::RecordedRequest& request) {
    const bool streamed = request.body.find(R"("stream":true)") != std::string::npos;
    if (++asked % 17 == 0)
      return MockReply::error(429, "RateLimitReached", "slow down").header("retry-after-ms", "1");
    return streamed ? MockReply::stream({"a ", "few ", "words"}) : MockReply::chat("a few words");
  });
  const AzureChatOpenAI model(test::options_for(server));
  std::list<asio::cancellation_signal> signals;  // Asio hands them on by a post: they outlive the loop
  asio::io_context loop;
  // A consumer on a strand awaits the socket itself.
  const asio::any_io_executor executors[] = {loop.get_executor(), asio::make_strand(loop)};
  std::minstd_rand random(42);
  std::size_t files = 0;
  int cancelled = 0, answered = 0;
  for (int i = 0; i < 1000; ++i) {
    asio::cancellation_signal& signal = signals.emplace_back();
    bool ended = false;
    std::exception_ptr error;
    std::string answer;
    asio::co_spawn(
        executors[i / 2 % 2], i % 2 ? model.astream("q").collect() : model.ainvoke("q"),
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, const AIMessage& message) {
          error = e;
          answer = message.content;
          ended = true;
        }));
    loop.restart();
    for (auto turns = random() % 20; turns > 0 && !ended; --turns) loop.run_one_for(5s);
    signal.emit(asio::cancellation_type::terminal);
    while (!ended) ASSERT_GT(loop.run_one_for(20s), 0u) << i;
    if (error) {
      EXPECT_THROW(std::rethrow_exception(error), CancelledError) << i;
      ++cancelled;
    } else {
      EXPECT_EQ(answer, "a few words") << i;
      ++answered;
    }
    for (const EndpointSnapshot& each : connection_snapshot(loop)) {
      ASSERT_EQ(each.open, each.idle) << i;  // closed already, before the call had ended
      ASSERT_EQ(each.in_flight, 0u) << i;
    }
    if (i == 100) {
      loop.run();
      close_idle(loop);
      ASSERT_TRUE(server.wait_for_connections_open(0, 20s));
      files = open_files();
    }
  }
  loop.run();  // nothing is left to wait for
  close_idle(loop);
  EXPECT_TRUE(server.wait_for_connections_open(0, 20s));
  EXPECT_EQ(open_files(), files);
  EXPECT_GT(cancelled, 200);  // both happened, and often
  EXPECT_GT(answered, 100);
  signals.clear();  // they hold the strand, which must not outlive its loop
}

}  // namespace
}  // namespace corochain::random_cancellation_test
