// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Calls that a stop ends: what is done is kept, and no connection is left open.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "concurrency/async_event.hpp"
#include "support/mock_chain.hpp"
#include "support/rounds.hpp"
#include "support/run_on.hpp"
#include "support/wait_forever.hpp"

namespace corochain::until_promises_test {
namespace {
namespace asio = boost::asio;
using test::chain_for;
using testing::MockReply;
using testing::MockServer;
using testing::RecordedRequest;
using namespace std::chrono_literals;
using chain_type = Runnable<Dict, std::string>;

awaitable<void> hop(int times = 1) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  for (int i = 0; i < times; ++i) co_await asio::post(here, asio::use_awaitable);
}

/// On the private loop of the thread, or on a loop of the test's own.
template <class T>
T run_either_way(bool own_loop, asio::io_context& loop, awaitable<T> call) {
  return own_loop ? test::run_on(loop, std::move(call)) : run(std::move(call));
}

// ---- a client that leaves

/// Reads a stream that never ends. The client leaves at the `last` chunk.
awaitable<int> read_until_left(chain_type chain, int last, std::shared_ptr<detail::async_event> left) {
  int chunks = 0;
  auto tokens = chain.astream("q");
  while (auto chunk = co_await tokens.next())
    if (++chunks == last) left->fire();
  co_return chunks;
}

awaitable<bool> serve(MockServer& server, chain_type chain, int last) {
  bool cancelled = false;
  const auto left = std::make_shared<detail::async_event>();
  auto asked = [](MockServer& of) -> awaitable<void> {
    while (of.request_count() == 0) co_await hop();
  };
  auto leaves = last > 0 ? detail::async_event::wait(left) : asked(server);
  try {
    co_await until(read_until_left(chain, last, left), std::move(leaves));
  } catch (const CancelledError&) {
    // The loop does not run here: the connection was closed before.
    cancelled = server.wait_for_connections_open(0, 10s);
  }
  co_return cancelled;
}

TEST(UntilPromises, a_client_that_leaves_closes_the_connection) {
  for (const bool own_loop : {false, true})
    for (const int last : {0, 1, 2}) {
      MockServer server;
      server.respond_with([last](const RecordedRequest&) {
        if (last == 0) return MockReply::chat("too late").latency(1h);
        return MockReply::stream(std::vector<std::string>(40, "word ")).stall_body_after(3000);
      });
      asio::io_context loop;
      EXPECT_TRUE(run_either_way(own_loop, loop, serve(server, chain_for(server), last))) << last;
      EXPECT_EQ(server.request_count(), 1u);
    }
}

// ---- a time limit is no stop that keeps results

awaitable<std::string> careful(chain_type chain) {
  std::string seen;
  try {
    seen = co_await chain.ainvoke("q");
  } catch (const Error& error) {
    seen = to_string(error.kind());
  }
  co_return seen;
}

awaitable<std::string> below_time_limits(chain_type chain) {
  std::string seen = co_await timeout(50ms, careful(chain));
  const auto step = RunnableLambda([chain](int) { return careful(chain); });
  seen += ' ' + co_await step.ainvoke(1, RunConfig().timeout(50ms));
  std::vector<awaitable<std::string>> calls;
  calls.push_back(careful(chain));
  const auto values = co_await gather_results(std::move(calls), {.timeout = 50ms});
  seen += ' ' + values[0].value();
  try {
    co_await timeout(50ms, chain.ainvoke("q"));
  } catch (const TimeoutError& error) {
    seen += std::string(" ") + to_string(error.phase());
  }
  co_return seen;
}

TEST(UntilPromises, below_a_deadline_there_are_cancels_on_any_loop) {
  MockServer server;
  server.respond_with([](const RecordedRequest&) { return MockReply::chat("too late").latency(1h); });
  asio::io_context loop;
  for (const bool own_loop : {false, true})
    EXPECT_EQ(run_either_way(own_loop, loop, below_time_limits(chain_for(server))),
              "cancelled cancelled cancelled run");
}

// ---- a stop at any moment

struct outcome {
  outcome() = default;
  int answered = 0;
  int stopped = 0;
};

awaitable<std::vector<Result<std::string>>> ask(chain_type chain, bool streamed) {
  std::vector<awaitable<std::string>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(streamed ? chain.astream("q").collect() : chain.ainvoke("q"));
  return gather_results(std::move(calls), {.max_concurrency = 2});
}

/// Each connection is in the pool or closed.
void expect_idle(const asio::any_io_executor& here) {
  for (const EndpointSnapshot& each : connection_snapshot(asio::query(here, asio::execution::context))) {
    EXPECT_EQ(each.open, each.idle);
    EXPECT_EQ(each.in_flight, 0u);
  }
}

awaitable<outcome> stop_after(chain_type chain, bool streamed, int hops) {
  outcome ended;
  try {
    const auto results = co_await until(ask(chain, streamed), hop(hops));
    for (const auto& each : results) {
      if (each) {
        EXPECT_EQ(*each, "a few words");
        ++ended.answered;
      } else {
        EXPECT_EQ(each.error().kind(), ErrorKind::cancelled) << each.error().message();
        ++ended.stopped;
      }
    }
  } catch (const CancelledError&) {
    EXPECT_EQ(hops, 0) << "it has come before the call could begin";
    ended.stopped = 3;
  }
  expect_idle(co_await asio::this_coro::executor);
  EXPECT_EQ(ended.answered + ended.stopped, 3);
  co_return ended;
}

awaitable<int> answers_until(chain_type chain, bool streamed) {
  int alive = 0;
  const auto results = co_await until(ask(chain, streamed), test::wait_forever(alive));
  EXPECT_EQ(alive, 0);
  co_return static_cast<int>(results.size());
}
awaitable<int> give_after(int hops) {
  co_await hop(hops);
  co_return 0;
}

/// A cancel that comes from outside of the `until`.
awaitable<outcome> cancel_after(chain_type chain, bool streamed, int hops) {
  const auto first = co_await first_of(answers_until(chain, streamed), give_after(hops));
  outcome ended;
  ended.answered = first.result.value();
  ended.stopped = 3 - ended.answered;
  EXPECT_EQ(ended.answered, first.index == 0 ? 3 : 0);
  expect_idle(co_await asio::this_coro::executor);
  co_return ended;
}

TEST(UntilPromises, an_end_at_any_moment_leaves_nothing_open) {
  MockServer server;
  server.respond_with([&](const RecordedRequest& request) {
    const bool streamed = request.body.find(R"("stream":true)") != std::string::npos;
    return streamed ? MockReply::stream({"a ", "few ", "words"}) : MockReply::chat("a few words");
  });
  const chain_type chain = chain_for(server);
  asio::io_context loop;
  std::minstd_rand random(42);
  int answered = 0, stopped = 0;
  const int rounds = test::rounds_of(500);
  for (int i = 0; i < rounds; ++i) {
    // Each hop is a turn of the loop; most of them find nothing to do.
    const int hops = static_cast<int>(random() % 2 ? random() % 20 : random() % 4000);
    const bool streamed = i / 2 % 2 == 0;
    auto call = i / 4 % 2 ? cancel_after(chain, streamed, hops) : stop_after(chain, streamed, hops);
    const outcome ended = run_either_way(i % 2 == 0, loop, std::move(call));
    answered += ended.answered;
    stopped += ended.stopped;
  }
  EXPECT_GT(answered, rounds / 10);
  EXPECT_GT(stopped, rounds / 10);
}

}  // namespace
}  // namespace corochain::until_promises_test
