// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Streams whose consumer runs on the run's serial executor and awaits the socket itself: they end at any time
// with a closed socket.

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/event_recorder.hpp"
#include "support/http_and_https.hpp"

namespace corochain::waited_chunks_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::MockReply;
using Texts = Stream<std::string>;

class WaitedChunks : public test::http_and_https {
 protected:
  /// The streams of one chain that are read differently, each of which gives "one" and then waits.
  std::vector<Texts> streams() {
    const auto chain = test::chain_for(server);
    std::vector<Texts> all;
    all.push_back(chain.astream("q"));
    all.push_back(chain.astream("q", RunConfig().callback(std::make_shared<test::EventRecorder>())));
    all.push_back(chain.astream("q", RunConfig().timeout(1h)));
    for (std::size_t i = 0; i < all.size(); ++i)
      server.reply(MockReply::stream({"one", "two"}).stall_body_after(900));
    return all;
  }
  std::size_t open() {
    const auto seen = connection_snapshot(loop);
    return seen.empty() ? 0 : seen[0].open;
  }
  awaitable<void> read(Texts& stream) {
    try {
      for (;;) {
        const std::optional<std::string> chunk = co_await stream.next();
        if (!chunk) break;
        text += *chunk;
      }
    } catch (const CancelledError&) {
      cancelled = true;
      EXPECT_EQ(open(), 0u) << "the socket is closed before the wait ends";
    }
  }
  void run_until_it_waits() {
    text.clear();
    cancelled = false;
    loop.restart();
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (text.empty() && std::chrono::steady_clock::now() < limit) loop.run_for(1ms);
    while (loop.poll() > 0) {
    }
    ASSERT_EQ(text, "one");
    ASSERT_EQ(open(), 1u);
  }
  void run_to_the_end() {
    loop.restart();
    loop.run_for(30s);  // returns when the loop has no more work
    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
  }
  static void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  }

  asio::io_context loop;
  const asio::any_io_executor serial = asio::make_strand(loop);
  std::string text;
  bool cancelled = false;
};
INSTANTIATE_TEST_SUITE_P(HttpAndHttps, WaitedChunks, ::testing::Bool(), &test::scheme_of);

TEST_P(WaitedChunks, of_a_stream_that_another_coroutine_destroys) {
  for (Texts& each : streams()) {
    std::optional<Texts> stream(std::move(each));
    asio::co_spawn(serial, read(*stream), rethrow);
    run_until_it_waits();
    asio::post(serial, [&] {
      stream.reset();
      EXPECT_TRUE(server.wait_for_connections_open(0, 5s)) << "at once";
    });
    run_to_the_end();
  }
}

TEST_P(WaitedChunks, of_a_stream_that_another_coroutine_closes) {
  const auto close = [](Texts& stream, bool& closed) -> awaitable<void> {
    co_await stream.close();
    closed = true;
  };
  for (Texts& each : streams()) {
    asio::co_spawn(serial, read(each), rethrow);
    run_until_it_waits();
    bool closed = false;
    asio::co_spawn(serial, close(each, closed), [&](std::exception_ptr error) {
      rethrow(error);
      EXPECT_TRUE(cancelled) << "the wait has ended before";
    });
    run_to_the_end();
    EXPECT_TRUE(closed);
  }
}

TEST_P(WaitedChunks, of_a_consumer_that_is_cancelled) {
  for (Texts& each : streams()) {
    asio::cancellation_signal signal;
    asio::co_spawn(serial, read(each), asio::bind_cancellation_slot(signal.slot(), &rethrow));
    run_until_it_waits();
    asio::post(serial, [&] { signal.emit(asio::cancellation_type::terminal); });
    run_to_the_end();
  }
}

TEST_P(WaitedChunks, end_with_the_time_of_their_run) {
  const auto read_on = [](Texts stream, bool& timed_out) -> awaitable<void> {
    try {
      for (;;) {
        const std::optional<std::string> chunk = co_await stream.next();
        if (!chunk) break;
        EXPECT_EQ(*chunk, "one");
      }
    } catch (const TimeoutError&) {
      timed_out = true;
    }
  };
  server.reply(MockReply::stream({"one", "two"}).stall_body_after(900));
  bool timed_out = false;
  auto stream = test::chain_for(server).astream("q", RunConfig().timeout(200ms));
  asio::co_spawn(serial, read_on(std::move(stream), timed_out), rethrow);
  loop.run_for(30s);
  EXPECT_TRUE(timed_out);
  EXPECT_TRUE(server.wait_for_connections_open(0, 5s));
}

awaitable<std::string> text_of(Texts stream) {
  std::string text;
  for (;;) {
    const std::optional<std::string> chunk = co_await stream.next();
    if (!chunk) break;
    text += *chunk;
  }
  co_return text;
}

TEST_P(WaitedChunks, on_a_pool_of_threads) {
  constexpr int streams = 20;
  const std::vector<std::string> words{"this ", "comes ", "word ", "by ", "word"};
  for (int i = 0; i < streams; ++i) server.reply(MockReply::stream(words).chunk_interval(1ms));
  const auto chain = test::chain_for(server);
  asio::thread_pool pool(4);
  std::vector<std::future<std::string>> texts;
  for (int i = 0; i < streams; ++i) {
    const asio::any_io_executor bare = pool.get_executor(), strand = asio::make_strand(pool);
    texts.push_back(asio::co_spawn(i % 2 ? strand : bare, text_of(chain.astream("q")), asio::use_future));
  }
  for (auto& each : texts) EXPECT_EQ(each.get(), "this comes word by word");
  pool.join();
}

TEST_P(WaitedChunks, are_not_handed_out_after_the_time_limit) {
  // All chunks come in one read, so the second one is there when the limit has passed. The consumer itself is
  // slow: it blocks its loop until then, as limits on a socket count real time.
  server.reply(MockReply::stream({"one", "two", "three"}));
  const auto read_slowly = [](Runnable<Dict, std::string> chain) -> awaitable<std::size_t> {
    auto chunks = chain.astream("q", RunConfig().timeout(2s));
    std::size_t count = 0;
    try {
      while (auto chunk = co_await chunks.next())
        if (++count == 1) std::this_thread::sleep_for(2s);
    } catch (const TimeoutError&) {
      co_return count;
    }
    co_return 100;
  };
  EXPECT_EQ(run(read_slowly(test::chain_for(server))), 1u);
}

}  // namespace
}  // namespace corochain::waited_chunks_test
