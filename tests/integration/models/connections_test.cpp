// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/connections.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <optional>

#include "support/full_listener.hpp"
#include "support/mock_chain.hpp"
#include "support/raw_server.hpp"

namespace corochain::connections_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::MockReply;
using testing::MockServer;

std::vector<std::string> ask(asio::io_context& loop, const Runnable<Dict, std::string>& chain, int count) {
  std::vector<awaitable<std::string>> calls;
  for (int i = 0; i < count; ++i) calls.push_back(chain.ainvoke({{"question", std::to_string(i)}}));
  std::optional<std::vector<std::string>> answers;
  std::exception_ptr error;
  asio::co_spawn(loop, gather(std::move(calls)), [&](std::exception_ptr e, std::vector<std::string> all) {
    error = e;
    answers = std::move(all);
  });
  loop.restart();
  loop.run();
  if (error) std::rethrow_exception(error);
  return std::move(*answers);
}

TEST(Connections, max_connections_holds_and_the_rest_waits_in_order) {
  MockServer server;
  auto options = test::options_for(server);
  options.connections.max_connections = 3;
  asio::io_context loop;
  const auto answers = ask(loop, test::chain_for(options), 40);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(answers[static_cast<std::size_t>(i)], "echo: " + std::to_string(i));
  EXPECT_EQ(server.max_connections_open(), 3u);
  EXPECT_EQ(server.connections_accepted(), 3u);
  const auto requests = server.requests();
  // The first three race each other. After that the longest waiter is next.
  for (std::size_t i = 3; i + 3 < requests.size(); ++i) {
    const auto question = [&](std::size_t at) {
      const std::string& body = requests[at].body;
      const std::size_t start = body.rfind(R"("content":")") + 11;
      return std::stoi(body.substr(start));
    };
    EXPECT_NEAR(question(i), static_cast<int>(i), 3) << i;
  }
}

TEST(Connections, the_wait_for_one_is_measured) {
  MockServer server;
  server.respond_with([](const testing::RecordedRequest&) { return MockReply::chat("late").latency(30ms); });
  auto options = test::options_for(server);
  options.connections.max_connections = 1;
  const std::vector<std::string> questions{"a", "b"};
  const QueryReport report = run(query_all(test::chain_for(options), questions));
  Timing::duration longest{};
  for (const QueryResult& each : report.results) longest = std::max(longest, each.timing.queued);
  EXPECT_GE(longest, 20ms);
}

TEST(Connections, no_more_than_max_connecting_are_opened_at_once) {
  // The server accepts connections and never answers the TLS hello.
  test::raw_server server([](test::raw_connection& each, std::size_t) { each.wait_for_end(); });
  AzureOptions options = test::options_to("https://127.0.0.1:" + std::to_string(server.port()));
  options.max_retries = 0;
  options.connect_timeout = 60ms;
  options.connections.max_connecting = 2;
  asio::io_context loop;
  const auto chain = test::chain_for(options);
  int failed = 0;
  for (int i = 0; i < 5; ++i)
    asio::co_spawn(loop, chain.ainvoke("q"), [&](std::exception_ptr error, const std::string&) {
      if (error) ++failed;
    });
  std::size_t most = 0;
  bool waited = false;
  while (failed < 5) {
    loop.run_one();
    const auto seen = connection_snapshot(loop);
    if (seen.empty()) continue;
    most = std::max(most, seen[0].connecting);
    waited = waited || seen[0].waiting == 3;
  }
  EXPECT_EQ(most, 2u);
  EXPECT_TRUE(waited);
  EXPECT_EQ(server.connections(), 5u);
}

TEST(Connections, idle_ones_are_kept_up_to_their_limit) {
  MockServer server;
  auto options = test::options_for(server);
  options.connections.max_idle_connections = 2;
  asio::io_context loop;
  server.hold_until(6);
  ask(loop, test::chain_for(options), 6);
  EXPECT_TRUE(server.wait_for_connections_open(2, 5s));
  const auto seen = connection_snapshot(loop);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].endpoint, server.endpoint());
  EXPECT_EQ(seen[0].idle, 2u);
  EXPECT_EQ(seen[0].open, 2u);
  EXPECT_EQ(seen[0].opened, 6u);
  EXPECT_EQ(seen[0].in_flight + seen[0].waiting + seen[0].connecting, 0u);
  close_idle(loop);
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
}

/// Connections with other TLS settings, or through a proxy, are never shared. A snapshot counts them as one
/// endpoint.
TEST(Connections, an_endpoint_with_several_settings_counts_once) {
  MockServer server;
  server.hold_until(4);
  server.reply(MockReply::error(503, "ServiceUnavailable", "later").header("retry-after-ms", "0"));
  auto options = test::options_for(server);
  const auto one = test::chain_for(options);
  options.tls.ca_pem += "\n";  // the same trust, and yet other settings
  const auto other = test::chain_for(options);
  options.proxy.url = "http://127.0.0.1:" + std::to_string(test::full_listener().port());  // nobody is there
  options.max_retries = 0;
  const auto through_proxy = test::chain_for(options);
  asio::io_context loop;
  int answered = 0, failed = 0;
  const auto count = [&](std::exception_ptr error, const std::string&) { ++(error ? failed : answered); };
  for (const auto& chain : {one, one, one, other, through_proxy})
    asio::co_spawn(loop, chain.ainvoke("q"), count);
  const auto seen = [&] {
    const auto all = connection_snapshot(loop);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? EndpointSnapshot() : all.front();
  };
  do ASSERT_GT(loop.run_one_for(10s), 0u);
  while (seen().in_flight < 4 || failed < 1);  // none is answered before all four have asked
  loop.run();
  EXPECT_EQ(answered, 4);
  EXPECT_EQ(failed, 1);
  const EndpointSnapshot last = seen();
  EXPECT_EQ(last.endpoint, server.endpoint());
  EXPECT_EQ(last.opened, 4u);
  EXPECT_EQ(last.open, 4u);
  EXPECT_EQ(last.idle, 4u);
  EXPECT_EQ(last.in_flight + last.waiting + last.connecting, 0u);
  EXPECT_EQ(last.full_handshakes + last.resumed_handshakes, 4u);
  EXPECT_EQ(last.retries, 1u);  // once, not once for each of them
  EXPECT_EQ(server.connections_accepted(), 4u);
}

TEST(Connections, old_ones_are_not_used) {
  MockServer server;
  auto options = test::options_for(server);
  options.connections.idle_timeout = 1s;
  asio::io_context loop;
  server.respond_with(
      [](const testing::RecordedRequest&) { return MockReply::chat("x").header("Keep-Alive", "timeout=1"); });
  ask(loop, test::chain_for(options), 1);
  ask(loop, test::chain_for(options), 1);
  EXPECT_EQ(server.connections_accepted(), 2u);  // a second of safety leaves nothing of the server's second
}

/// The busy connections end, the waiting calls get their slots, and these end, too, in any order.
TEST(Connections, a_destroyed_loop_ends_the_calls_that_wait_for_one) {
  for (const bool on_a_strand : {false, true}) {
    MockServer server;
    server.hold_until(99);
    auto options = test::options_for(server);
    options.connections.max_connections = 2;
    const auto chain = test::chain_for(options);
    {
      asio::io_context loop;
      const asio::any_io_executor plain = loop.get_executor(), strand = asio::make_strand(loop);
      for (int i = 0; i < 8; ++i)
        asio::co_spawn(on_a_strand ? strand : plain, chain.ainvoke("q"), asio::detached);
      while (server.request_count() < 2) loop.run_for(1ms);
      EXPECT_EQ(connection_snapshot(loop).at(0).waiting, 6u);
    }
    EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
    EXPECT_EQ(server.request_count(), 2u);
  }
}

TEST(Connections, an_invoke_keeps_two_of_what_its_batch_opened) {
  MockServer server;
  const auto chain = test::chain_for(server);
  server.hold_until(8);
  std::vector<Dict> inputs;
  for (int i = 0; i < 8; ++i) inputs.push_back({{"question", "q"}});
  EXPECT_EQ(chain.batch(inputs).size(), 8u);
  EXPECT_TRUE(server.wait_for_connections_open(2, 5s));
  EXPECT_EQ(chain.invoke("again"), "echo: again");
  EXPECT_EQ(server.connections_accepted(), 8u);
}

TEST(Connections, reconnects_resume_their_tls_session) {
  MockServer server;
  server.respond_with([](const testing::RecordedRequest&) { return MockReply::chat("x").close(); });
  asio::io_context loop;
  const auto chain = test::chain_for(server);
  for (int i = 0; i < 20; ++i) ask(loop, chain, 1);
  EXPECT_EQ(server.tls_handshakes(), 20u);
  EXPECT_EQ(server.tls_resumed(), 19u);
  asio::io_context other;  // sessions are shared by contexts
  ask(other, chain, 1);
  EXPECT_EQ(server.tls_resumed(), 20u);
  const auto seen = connection_snapshot(loop);
  EXPECT_EQ(seen.at(0).full_handshakes, 1u);
  EXPECT_EQ(seen.at(0).resumed_handshakes, 19u);
}

TEST(Connections, retries_and_pauses_count_by_endpoint_and_context) {
  MockServer first, second;
  int deployments = 0;
  // The first request to each deployment is refused, which is the majority of its requests.
  const auto ask_with_trouble = [&](asio::io_context& loop, AzureOptions options) {
    options.azure_deployment = "model-" + std::to_string(++deployments);
    first.reply(MockReply::error(429, "RateLimitReached", "again").header("retry-after-ms", "1"));
    first.reply(MockReply::error(500, "InternalServerError", "again").header("retry-after-ms", "1"));
    ask(loop, test::chain_for(options), 1);
  };
  asio::io_context loop, other;
  auto options = test::options_for(first);
  ask_with_trouble(loop, options);
  options.tls.ca_pem += "\n";  // another set of settings for the same endpoint
  ask_with_trouble(loop, options);
  ask_with_trouble(loop, options);
  ask_with_trouble(other, options);
  ask(loop, test::chain_for(second), 1);
  const auto all = connection_snapshot(loop);
  ASSERT_EQ(all.size(), 2u);
  for (const EndpointSnapshot& each : all) {
    const bool troubled = each.endpoint == first.endpoint();
    EXPECT_TRUE(troubled || each.endpoint == second.endpoint());
    EXPECT_EQ(each.retries, troubled ? 6u : 0u);
    EXPECT_EQ(each.pauses, troubled ? 3u : 0u);
  }
  ASSERT_EQ(connection_snapshot(other).size(), 1u);
  EXPECT_EQ(connection_snapshot(other)[0].retries, 2u);
  EXPECT_EQ(connection_snapshot(other)[0].pauses, 1u);
}

TEST(Connections, drained_they_refuse_new_calls_and_await_old_ones) {
  MockServer server;
  server.hold_until(2);
  auto options = test::options_for(server);
  options.max_retries = 0;
  const auto chain = test::chain_for(options);
  asio::io_context loop;
  std::string answer;
  std::exception_ptr refused;
  std::optional<std::size_t> left_early, left;
  asio::co_spawn(loop, chain.ainvoke("old"), [&](std::exception_ptr, std::string text) { answer = text; });
  while (server.request_count() == 0) loop.run_for(1ms);
  asio::co_spawn(loop, drain(std::chrono::steady_clock::now()),
                 [&](std::exception_ptr, std::size_t count) { left_early = count; });
  while (!left_early) loop.run_one();
  EXPECT_EQ(*left_early, 1u);
  asio::co_spawn(loop, chain.ainvoke("new"), [&](std::exception_ptr e, const std::string&) { refused = e; });
  while (!refused) loop.run_one();
  try {
    std::rethrow_exception(refused);
  } catch (const ConnectError& error) {
    EXPECT_EQ(error.problem(), ConnectProblem::draining);
    EXPECT_TRUE(error.attempts().empty());  // nothing was tried
  }
  asio::co_spawn(loop, drain(std::chrono::steady_clock::now() + 60s),
                 [&](std::exception_ptr, std::size_t count) { left = count; });
  loop.poll();
  EXPECT_FALSE(left);
  server.hold_until(0);
  loop.run();
  EXPECT_EQ(answer, "echo: old");
  EXPECT_EQ(left, 0u);
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
  end_drain(loop);
  EXPECT_EQ(ask(loop, chain, 1).size(), 1u);
}

TEST(Connections, draining_waits_for_a_call_that_backs_off) {
  MockServer server;
  server.reply(MockReply::error(503, "ServiceUnavailable", "later").header("retry-after-ms", "50"));
  const auto chain = test::chain_for(server);
  asio::io_context loop;
  std::string answer;
  std::optional<std::size_t> left;
  asio::co_spawn(loop, chain.ainvoke("q"), [&](std::exception_ptr, std::string text) { answer = text; });
  while (connection_snapshot(loop).empty() || connection_snapshot(loop)[0].idle == 0) loop.run_one();
  asio::co_spawn(loop, drain(std::chrono::steady_clock::now() + 60s),
                 [&](std::exception_ptr, std::size_t count) { left = count; });
  loop.run();
  EXPECT_EQ(answer, "echo: q");
  EXPECT_EQ(left, 0u);
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
  end_drain(loop);
}

TEST(Connections, a_drain_that_is_cancelled_says_so) {
  MockServer server;
  server.hold_until(2);
  asio::io_context loop;
  asio::cancellation_signal call_signal, signal;
  std::exception_ptr error;
  asio::co_spawn(
      loop, test::chain_for(server).ainvoke("q"),
      asio::bind_cancellation_slot(call_signal.slot(), [](std::exception_ptr, const std::string&) {}));
  while (server.request_count() == 0) loop.run_for(1ms);
  asio::co_spawn(
      loop, drain(std::chrono::steady_clock::now() + 60s),
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, std::size_t) { error = e; }));
  loop.poll();
  signal.emit(asio::cancellation_type::terminal);
  while (!error) ASSERT_GT(loop.run_one_for(5s), 0u);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
  call_signal.emit(asio::cancellation_type::terminal);
  loop.run();
}

TEST(Connections, a_closed_stream_gives_its_place_back) {
  MockServer server;
  auto options = test::options_for(server);
  options.connections.max_connections = 1;
  server.reply(MockReply::stream({"one", "two"}).stall_body_after(900));
  const AzureChatOpenAI model(options);
  const auto close_and_ask = [](AzureChatOpenAI asked) -> awaitable<std::string> {
    Stream<AIMessage> stream = asked.astream("q");
    std::optional<AIMessageChunk> first = co_await stream.next();
    EXPECT_EQ(first->content, "one");
    co_await stream.close();
    const AIMessage answer = co_await asked.ainvoke("next");
    co_return answer.content;
  };
  EXPECT_EQ(run(close_and_ask(model)), "echo: next");
}

TEST(Connections, a_child_of_fork_leaves_those_of_its_parent_alone) {
  MockServer server;
  const auto chain = test::chain_for(server);
  EXPECT_EQ(chain.invoke("before"), "echo: before");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int failed = 1;
    try {
      failed = chain.invoke("child") == "echo: child" ? 0 : 1;
    } catch (...) {
    }
    ::_exit(failed);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(chain.invoke("after"), "echo: after");
  EXPECT_EQ(server.connections_accepted(), 2u);  // the parent's serves on
}

}  // namespace
}  // namespace corochain::connections_test
