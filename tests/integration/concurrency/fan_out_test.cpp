// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>

#include "corochain/testing/open_files.hpp"
#include "support/mock_chain.hpp"

namespace corochain::fan_out_test {
namespace {
namespace asio = boost::asio;
using test::chain_for;
using test::options_for;
using testing::MockServer;
using namespace std::chrono_literals;

/// Spawns a coroutine on a loop and keeps its result.
template <class T>
struct outcome {
  std::exception_ptr error;
  std::optional<T> value;
  bool done = false;
  auto handler() {
    return [this](std::exception_ptr e, T v) {
      error = e;
      if (!e) value.emplace(std::move(v));
      done = true;
    };
  }
};

std::vector<awaitable<std::string>> calls_of(const Runnable<Dict, std::string>& chain, int count) {
  std::vector<awaitable<std::string>> calls;
  for (int i = 0; i < count; ++i) calls.push_back(chain.ainvoke({{"question", std::to_string(i)}}));
  return calls;
}

TEST(FanOut, a_thousand_https_calls_from_one_thread) {
  ASSERT_GE(testing::raise_open_file_limit(4096), 2200u) << "this test needs about 2,100 open files";
  MockServer server;
  // Answers no request until it holds all.
  server.hold_until(1000);
  const auto chain = chain_for(server);
  asio::io_context loop;
  outcome<std::vector<std::string>> all;
  asio::co_spawn(loop, gather(calls_of(chain, 1000)), all.handler());
  loop.run();
  if (all.error) std::rethrow_exception(all.error);
  ASSERT_EQ(all.value->size(), 1000u);
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ((*all.value)[static_cast<std::size_t>(i)], "echo: " + std::to_string(i));
  EXPECT_EQ(server.max_in_flight(), 1000u);
  EXPECT_EQ(server.request_count(), 1000u);
}

TEST(FanOut, a_cancelled_gather_closes_its_sockets_first) {
  MockServer server;
  server.hold_until(1'000'000);
  const auto chain = chain_for(server);
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::exception_ptr error;
  bool all_closed = false;
  asio::co_spawn(loop, gather(calls_of(chain, 100)),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, auto) {
                   error = e;
                   // The client's loop does not run here, so the sockets that the server sees closed were
                   // closed before.
                   all_closed = server.wait_for_connections_open(0, 10s);
                 }));
  while (server.request_count() < 100) loop.run_one_for(100ms);
  EXPECT_EQ(server.connections_open(), 100u);
  signal.emit(asio::cancellation_type::terminal);
  loop.run();
  EXPECT_TRUE(all_closed);
  ASSERT_TRUE(error);
  EXPECT_THROW(std::rethrow_exception(error), CancelledError);
}

TEST(FanOut, a_destroyed_stream_closes_its_sockets_at_once) {
  MockServer server;
  server.respond_with([](const testing::RecordedRequest& request) {
    auto reply = testing::MockReply::chat("answer");
    if (request.index > 0) reply.latency(1h);
    return reply;
  });
  const auto chain = chain_for(server);
  bool closed_while_the_loop_stood_still = false;
  auto leave = [](const Runnable<Dict, std::string>& c, MockServer& s, bool& closed) -> awaitable<void> {
    {
      auto done = as_completed(calls_of(c, 50));
      auto first = co_await done.next();
      EXPECT_TRUE(first && first->result);
    }
    // One connection returned to the pool with its answer. The others are closed in any state.
    closed = s.wait_for_connections_open(1, 10s);
  };
  asio::io_context loop;
  asio::co_spawn(loop, leave(chain, server, closed_while_the_loop_stood_still), asio::detached);
  loop.run();
  EXPECT_TRUE(closed_while_the_loop_stood_still);
}

TEST(FanOut, the_loop_ends_though_connections_are_kept) {
  MockServer server;
  const auto chain = chain_for(server);
  asio::io_context loop;
  outcome<std::vector<std::string>> all;
  asio::co_spawn(loop, gather(calls_of(chain, 5)), all.handler());
  loop.run();  // returns, or this test times out
  ASSERT_TRUE(all.done);
  EXPECT_EQ(server.connections_open(), 5u);
  loop.restart();
  outcome<std::string> again;
  asio::co_spawn(loop, chain.ainvoke("again"), again.handler());
  loop.run();
  // The kept connections were used again.
  EXPECT_EQ(server.connections_accepted(), 5u);
  close_idle(loop);
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
}

TEST(FanOut, a_destroyed_loop_closes_all_its_connections) {
  MockServer server;
  const auto chain = chain_for(server);
  {
    asio::io_context loop;
    outcome<std::vector<std::string>> all;
    asio::co_spawn(loop, gather(calls_of(chain, 3)), all.handler());
    loop.run();
    server.hold_until(1000);
    loop.restart();
    asio::co_spawn(loop, gather(calls_of(chain, 2)), asio::detached);
    while (server.request_count() < 5) loop.run_one_for(100ms);
    EXPECT_EQ(server.connections_open(), 3u);
  }
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
}

TEST(FanOut, a_budget_of_one_finishes_nested_fan_outs) {
  MockServer server;
  const auto chain = chain_for(server);
  auto nested = [chain](std::string question) -> awaitable<std::string> {
    std::vector<awaitable<std::string>> calls;
    for (const char* part : {"a", "b", "c"}) calls.push_back(chain.ainvoke({{"question", question + part}}));
    const auto answers = co_await gather(std::move(calls));
    co_return answers[0] + answers[1] + answers[2];
  };
  const auto outer =
      ChatPromptTemplate::from_template("{q}") | [](Messages m) { return m[0].content(); } | nested;
  const auto answers = outer.batch(std::vector<std::string>{"1", "2", "3"}, {.max_concurrency = 1});
  EXPECT_EQ(answers[2], "echo: 3aecho: 3becho: 3c");
  EXPECT_EQ(server.max_in_flight(), 1u);
  EXPECT_EQ(server.request_count(), 9u);
}

TEST(Invoke, works_plain_in_a_handler_and_in_a_coroutine) {
  MockServer server;
  const auto chain = chain_for(server);
  EXPECT_EQ(chain.invoke("plain"), "echo: plain");
  asio::io_context loop;
  std::string in_handler;
  asio::post(loop, [&] { in_handler = chain.invoke("handler"); });
  loop.run();
  EXPECT_EQ(in_handler, "echo: handler");
  auto inside = [](const Runnable<Dict, std::string>& c) -> awaitable<std::string> {
    std::string before = c.invoke("before");
    std::string after = co_await c.ainvoke("after");
    co_return before + after + c.invoke("last");
  };
  EXPECT_EQ(run(inside(chain)), "echo: beforeecho: afterecho: last");
}

TEST(Invoke, works_from_eight_threads_on_the_same_chain_at_once) {
  MockServer server;
  // No request is answered before all eight have arrived.
  server.hold_until(8);
  const auto chain = chain_for(server);
  std::vector<std::thread> threads;
  std::vector<std::string> answers(8);
  for (std::size_t i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      answers[i] = chain.invoke(std::to_string(i));
      for (int k = 0; k < 5; ++k) (void)chain.invoke("more");
    });
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(answers[i], "echo: " + std::to_string(i));
  EXPECT_EQ(server.max_in_flight(), 8u);
  // The loops of the threads were destroyed with the threads.
  EXPECT_TRUE(server.wait_for_connections_open(0, 10s));
}

TEST(OpenFiles, running_out_is_an_error_that_says_how) {
  MockServer server(test::plain_http());
  auto options = options_for(server);
  // Otherwise the failed calls wait for the kept connection and succeed.
  options.max_retries = 0;
  const auto chain = chain_for(options);
  EXPECT_EQ(chain.invoke("before"), "echo: before");
  // The private loop of this thread has its descriptors. A new connection does not get one.
  rlimit saved{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &saved), 0);
  const int lowest_free = ::dup(0);
  ASSERT_GE(lowest_free, 0);
  ::close(lowest_free);
  rlimit none_left = saved;
  none_left.rlim_cur = static_cast<rlim_t>(lowest_free);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  std::vector<std::string> questions{"a", "b", "c"};
  const QueryReport report = run(query_all(chain, questions));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &saved), 0);
  // One call had the kept connection.
  EXPECT_EQ(report.failed(), 2u);
  for (const auto& result : report.results) {
    if (result.ok()) continue;
    const auto* error = dynamic_cast<const Error*>(result.error->error());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->details().connect_problem, ConnectProblem::too_many_files);
    EXPECT_NE(result.error->message().find("ulimit -n"), std::string::npos);
    EXPECT_NE(result.error->message().find("max_concurrency"), std::string::npos);
  }
}

TEST(FanOut, blocking_loops_over_batches_share_connections) {
  testing::MockServer server;
  const auto chain = test::chain_for(server);
  for (int round = 0; round < 5; ++round) {
    std::size_t count = 0;
    for (auto& item : chain.batch_as_completed({"a", "b", "c", "d", "e", "f"}, {.max_concurrency = 2})) {
      EXPECT_TRUE(item.result.has_value());
      if (count++ == 0) {
        EXPECT_EQ(chain.invoke("in between"), "echo: in between");  // on a loop of its own
      }
    }
    EXPECT_EQ(count, 6u);
    for (auto& item : chain.batch_ordered({"a", "b"}, {.max_concurrency = 2}))
      EXPECT_TRUE(item.result.has_value());
    EXPECT_EQ(chain.batch({"a", "b"}, {.max_concurrency = 2}).size(), 2u);
  }
  EXPECT_LE(server.connections_accepted(), 4u);
}

}  // namespace
}  // namespace corochain::fan_out_test
