// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/concurrency/detail/merge_channel.hpp>

#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"
#include "unit/concurrency/letters.hpp"

namespace corochain::merge_channel_test {
namespace {
namespace asio = boost::asio;
using detail::merge_channel;
using detail::sender;
using test::letters;
using test::read_all;
using test::virtual_work;
using test::wait_forever;
using testing::VirtualTime;
using namespace std::chrono_literals;

TEST(MergeChannel, interleaves_two_producers_oldest_first) {
  VirtualTime time;
  virtual_work work(time);
  int given = 0;
  merge_channel<std::string> all;
  all.add(letters(all.out(), work, 'a', 3, 2ms, given));
  all.add(letters(all.out(), work, 'b', 2, 3ms, given));
  EXPECT_EQ(time.run(read_all(std::move(all))), "a0 b0 a1 b1 a2 ");
  EXPECT_EQ(given, 5);
}

TEST(MergeChannel, interleaves_three_producers_of_different_length) {
  VirtualTime time;
  virtual_work work(time);
  int given = 0;
  merge_channel<std::string> all;
  all.add(letters(all.out(), work, 'a', 1, 5ms, given));
  all.add(letters(all.out(), work, 'b', 4, 2ms, given));
  all.add(letters(all.out(), work, 'c', 0, 1ms, given));
  EXPECT_EQ(time.run(read_all(std::move(all))), "b0 b1 a0 b2 b3 ");
}

TEST(MergeChannel, without_producers_it_ends_at_once_and_again) {
  VirtualTime time;
  merge_channel<std::string> all;
  auto twice = [](merge_channel<std::string> from) -> awaitable<int> {
    const auto first = co_await from.next();
    const auto second = co_await from.next();
    co_return (first ? 1 : 0) + (second ? 1 : 0);
  };
  EXPECT_EQ(time.run(twice(std::move(all))), 0);
}

TEST(MergeChannel, nobody_runs_ahead_by_more_than_one_chunk) {
  VirtualTime time;
  virtual_work work(time);
  int given_a = 0;
  int given_b = 0;
  merge_channel<std::string> all;
  all.add(letters(all.out(), work, 'a', 10, 1ms, given_a));
  all.add(letters(all.out(), work, 'b', 10, 1ms, given_b));
  auto slow = [](merge_channel<std::string> from, virtual_work& w, int& a, int& b) -> awaitable<void> {
    int seen_a = 0;
    int seen_b = 0;
    while (auto chunk = co_await from.next()) {
      ++((*chunk)[0] == 'a' ? seen_a : seen_b);
      co_await w.time().sleep(50ms);
      EXPECT_LE(a, seen_a + 1);
      EXPECT_LE(b, seen_b + 1);
    }
    EXPECT_EQ(seen_a, 10);
    EXPECT_EQ(seen_b, 10);
  };
  time.run(slow(std::move(all), work, given_a, given_b));
}

TEST(MergeChannel, drained_waits_until_the_consumer_asks_for_more) {
  VirtualTime time;
  std::string log;
  auto pulled = [](sender<int> out, std::string& l) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      co_await out.drained();
      l += "make ";
      out.push(i);
    }
  };
  merge_channel<int> all;
  all.add(pulled(all.out(), log));
  auto consume = [](merge_channel<int> from, VirtualTime t, std::string& l) -> awaitable<void> {
    while (auto chunk = co_await from.next()) {
      l += "take ";
      co_await t.sleep(5ms);
      l += "ask ";
    }
  };
  time.run(consume(std::move(all), time, log));
  EXPECT_EQ(log, "make take ask make take ask make take ask ");
}

TEST(MergeChannel, push_wakes_the_consumer_and_does_not_wait) {
  VirtualTime time;
  virtual_work work(time);
  auto pushes = [](sender<std::string> out, virtual_work& w) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) out.push(std::to_string(i));
    co_await w.wait(10ms);
    out.push("last");
  };
  merge_channel<std::string> all;
  all.add(pushes(all.out(), work));
  auto consume = [](merge_channel<std::string> from, virtual_work& w) -> awaitable<std::string> {
    std::string seen;
    while (auto chunk = co_await from.next()) seen += *chunk + "@" + std::to_string(w.now().count()) + " ";
    co_return seen;
  };
  EXPECT_EQ(time.run(consume(std::move(all), work)), "0@0 1@0 2@0 last@10 ");
}

TEST(MergeChannel, chunk_types_need_no_default_and_no_copy) {
  struct chunk {
    explicit chunk(int v) : value(std::make_unique<int>(v)) {}
    std::unique_ptr<int> value;
  };
  VirtualTime time;
  auto one = [](sender<chunk> out) -> awaitable<void> {
    chunk made(7);
    co_await out.give(std::move(made));
  };
  merge_channel<chunk> all;
  all.add(one(all.out()));
  auto consume = [](merge_channel<chunk> from) -> awaitable<int> {
    auto got = co_await from.next();
    auto end = co_await from.next();
    EXPECT_FALSE(end);
    co_return *got->value;
  };
  EXPECT_EQ(time.run(consume(std::move(all))), 7);
}

// ---- failures and ends

awaitable<void> fails_after(sender<std::string> out, virtual_work& work, std::chrono::milliseconds after) {
  out.push("before");
  co_await work.wait(after);
  out.push("queued");
  throw std::runtime_error("failed");
}

TEST(MergeChannel, a_failure_follows_the_queue_and_cancels_the_others) {
  VirtualTime time;
  virtual_work work(time);
  int given = 0;
  merge_channel<std::string> all;
  all.add(letters(all.out(), work, 'a', 3, 1h, given));
  all.add(fails_after(all.out(), work, 4ms));
  auto consume = [](merge_channel<std::string> from, virtual_work& w) -> awaitable<std::string> {
    std::string seen;
    for (int round = 0; round < 2; ++round) {
      try {
        while (auto chunk = co_await from.next()) seen += *chunk + " ";
        seen += "end ";
      } catch (const std::runtime_error& error) {
        EXPECT_EQ(w.alive().now, 0) << "the others have ended before it is thrown";
        seen += std::string(error.what()) + " ";
      }
    }
    co_return seen;
  };
  EXPECT_EQ(time.run(consume(std::move(all), work)), "before queued failed failed ");
  EXPECT_EQ(work.now(), 4ms);
  EXPECT_EQ(given, 0);
}

TEST(MergeChannel, a_failure_cancels_a_producer_that_waits) {
  VirtualTime time;
  virtual_work work(time);
  int given = 0;
  merge_channel<std::string> all;
  all.add(letters(all.out(), work, 'a', 3, 1ms, given));
  all.add(fails_after(all.out(), work, 5ms));
  auto consume = [](merge_channel<std::string> from, virtual_work& w) -> awaitable<std::string> {
    std::string seen;
    auto chunk = co_await from.next();
    seen += *chunk + " ";
    co_await w.time().sleep(20ms);  // 'a' waits in give() when the other producer fails
    try {
      while (auto later = co_await from.next()) seen += *later + " ";
    } catch (const std::runtime_error&) {
      seen += "failed";
    }
    co_return seen;
  };
  EXPECT_EQ(time.run(consume(std::move(all), work)), "before a0 queued failed");
  EXPECT_EQ(given, 1);
  EXPECT_EQ(work.alive().now, 0);
}

TEST(MergeChannel, added_too_late_is_refused) {
  VirtualTime time;
  virtual_work work(time);
  auto late = [](virtual_work& w) -> awaitable<void> {
    int given = 0;
    merge_channel<std::string> all;
    all.add(letters(all.out(), w, 'a', 1, 1ms, given));
    const auto chunk = co_await all.next();
    EXPECT_EQ(chunk, "a0");
    EXPECT_THROW(all.add(letters(all.out(), w, 'a', 1, 1ms, given)), ConfigError);
  };
  time.run(late(work));
}

TEST(MergeChannel, sender_without_its_stream_throws_cancelled) {
  std::optional<sender<int>> left;
  {
    merge_channel<int> all;
    left.emplace(all.out());
  }
  EXPECT_THROW(left->push(1), CancelledError);
  VirtualTime time;
  EXPECT_THROW(time.run(left->give(1)), CancelledError);
  EXPECT_THROW(time.run(left->drained()), CancelledError);
}

TEST(MergeChannel, close_ends_producers_in_every_state) {
  for (int taken = 0; taken < 6; ++taken) {
    VirtualTime time;
    virtual_work work(time);
    int given = 0;
    merge_channel<std::string> all;
    all.add(letters(all.out(), work, 'a', 3, 1ms, given));
    all.add(letters(all.out(), work, 'b', 3, 4ms, given));
    all.add(letters(all.out(), work, 'c', 3, 1h, given));
    auto some = [](merge_channel<std::string> from, virtual_work& w, int count) -> awaitable<bool> {
      for (int i = 0; i < count; ++i) {
        const auto chunk = co_await from.next();
        EXPECT_TRUE(chunk);
      }
      co_await w.time().sleep(1ms);
      co_await from.close();
      EXPECT_EQ(w.alive().now, 0);
      co_await from.close();
      bool refused = false;
      try {
        const auto chunk = co_await from.next();
      } catch (const ConfigError&) {
        refused = true;
      }
      co_return refused;
    };
    EXPECT_TRUE(time.run(some(std::move(all), work, taken))) << "after " << taken;
  }
}

TEST(MergeChannel, stop_ends_producers_and_the_next_reports_it) {
  for (int taken = 1; taken < 5; ++taken) {
    VirtualTime time;
    virtual_work work(time);
    int given = 0;
    merge_channel<std::string> all;
    all.add(letters(all.out(), work, 'a', 3, 1ms, given));
    all.add(letters(all.out(), work, 'b', 3, 1h, given));
    auto some = [](merge_channel<std::string> from, virtual_work& w, int count) -> awaitable<bool> {
      for (int i = 0; i < count && i < 3; ++i) {
        const auto chunk = co_await from.next();
        EXPECT_TRUE(chunk);
      }
      from.stop();
      co_await w.time().sleep(1ms);
      EXPECT_EQ(w.alive().now, 0);
      bool cancelled = false;
      try {
        const auto chunk = co_await from.next();
      } catch (const CancelledError&) {
        cancelled = true;
      }
      co_return cancelled;
    };
    EXPECT_TRUE(time.run(some(std::move(all), work, taken))) << "after " << taken;
  }
}

TEST(MergeChannel, destroyed_at_every_step_it_leaves_nothing) {
  for (int steps = 0; steps < 60; ++steps) {
    int alive = 0;
    asio::io_context loop;
    auto produce = [](sender<int> out, int& count) -> awaitable<void> {
      const asio::any_io_executor executor = co_await asio::this_coro::executor;
      for (int i = 0; i < 3; ++i) {
        co_await asio::post(executor, asio::use_awaitable);
        co_await out.give(i);
        co_await out.drained();
      }
      co_await wait_forever(count);
    };
    auto consume = [](merge_channel<int> from) -> awaitable<void> {
      while (auto chunk = co_await from.next()) EXPECT_LT(*chunk, 3);
    };
    merge_channel<int> all;
    for (int i = 0; i < 3; ++i) all.add(produce(all.out(), alive));
    all.add(
        [](sender<int>, int& count) -> awaitable<void> { co_await wait_forever(count); }(all.out(), alive));
    if (steps % 2 == 0) {  // the loop is destroyed with everything waiting
      auto owned = std::make_unique<asio::io_context>();
      asio::co_spawn(*owned, consume(std::move(all)), asio::detached);
      for (int i = 0; i < steps; ++i) owned->poll_one();
      owned = nullptr;
    } else {  // the stream is destroyed between two chunks
      auto leave = [](merge_channel<int> from, int taken) -> awaitable<void> {
        for (int i = 0; i < taken; ++i) {
          const auto chunk = co_await from.next();
          EXPECT_TRUE(chunk);
        }
      };
      asio::co_spawn(loop, leave(std::move(all), std::min(steps / 6, 9)), asio::detached);
      loop.run();
    }
    EXPECT_EQ(alive, 0) << "after " << steps << " steps";
  }
}

}  // namespace
}  // namespace corochain::merge_channel_test
