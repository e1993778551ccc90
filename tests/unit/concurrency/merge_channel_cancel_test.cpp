// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/concurrency/detail/merge_channel.hpp>
#include <corochain/corochain.hpp>
#include <random>
#include <vector>

#include "support/rounds.hpp"
#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

namespace corochain::merge_channel_cancel_test {
namespace {
namespace asio = boost::asio;
using detail::merge_channel;
using detail::sender;
using test::virtual_work;
using test::wait_forever;
using testing::VirtualTime;
using namespace std::chrono_literals;

/// Random trees of producers, fan-outs and streams in streams. `endless` ones never end by themselves.
struct random_tree {
  std::mt19937& random;
  bool endless;
  int alive = 0;
  int holding = 0;  // the number that run or wait for their own work
  int most_holding = 0;

  static awaitable<void> produce(random_tree& all, sender<int> out, int depth) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    struct presence {
      explicit presence(int& n) : at(n) { ++at; }
      ~presence() { --at; }
      int& at;
    } here(all.alive);
    for (int i = 0; i < 4; ++i) {
      switch (all.random() % 5) {
        case 0: out.push(i); break;
        case 1: co_await out.give(i); break;
        case 2: co_await out.drained(); break;
        case 3: {
          all.most_holding = std::max(all.most_holding, all.holding + 1);
          const presence work(all.holding);
          co_await asio::post(executor, asio::use_awaitable);
          break;
        }
        default:
          if (depth > 0) {
            std::vector<awaitable<void>> calls;
            for (int k = 0; k < 2; ++k) calls.push_back(produce(all, out, depth - 1));
            co_await gather(std::move(calls), {.max_concurrency = all.random() % 2});
          }
      }
    }
    if (depth > 0 && all.random() % 2 == 0) {
      merge_channel<int> inner;
      for (int k = 0; k < 2; ++k) inner.add(produce(all, inner.out(), depth - 1));
      int most = static_cast<int>(all.random() % 6);
      while (auto chunk = co_await inner.next()) {
        co_await out.give(*chunk);
        if (all.endless && most-- == 0) break;
      }
    }
    if (all.endless && all.random() % 3 == 0) co_await wait_forever(all.alive);
  }
  static awaitable<void> consume(random_tree& all) {
    merge_channel<int> stream;
    for (int k = 0; k < 3; ++k) stream.add(produce(all, stream.out(), 2));
    if (all.endless) {
      auto never = [](int& n) -> awaitable<void> { co_await wait_forever(n); };
      stream.add(never(all.alive));
    }
    while (auto chunk = co_await stream.next()) EXPECT_GE(*chunk, 0);
  }
  static awaitable<void> run(random_tree& all, std::size_t limit) {
    std::vector<awaitable<void>> calls;
    for (int i = 0; i < 2; ++i) calls.push_back(consume(all));
    co_await gather(std::move(calls), {.max_concurrency = limit});
  }
};

TEST(MergeChannelCancel, property_random_trees_end_within_the_budget) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    const auto most = static_cast<int>(1 + round % 3);
    random_tree all{random, false};
    asio::io_context loop;
    std::exception_ptr error;
    bool ended = false;
    asio::co_spawn(loop, random_tree::run(all, static_cast<std::size_t>(most)), [&](std::exception_ptr e) {
      error = e;
      ended = true;
    });
    loop.run();
    ASSERT_TRUE(ended) << "stuck in round " << round;
    EXPECT_FALSE(error);
    EXPECT_LE(all.most_holding, most);
    EXPECT_EQ(all.alive, 0);
  }
}

/// Whenever a cancel or the end of the loop comes, nothing is left and nothing leaks.
TEST(MergeChannelCancel, at_random_moments_in_random_trees) {
  std::mt19937 random(11);
  for (int round = 0; round < test::rounds_of(3000); ++round) {
    random_tree all{random, true};
    auto loop = std::make_unique<asio::io_context>();
    asio::cancellation_signal signal;
    std::exception_ptr error;
    bool ended = false;
    auto done = [&](std::exception_ptr e) {
      error = e;
      ended = true;
    };
    auto calls = random_tree::run(all, static_cast<std::size_t>(round) % 4);
    if (round % 3 != 0)
      asio::co_spawn(*loop, std::move(calls), asio::bind_cancellation_slot(signal.slot(), done));
    else  // a signal that was used must not outlive the loop
      asio::co_spawn(*loop, std::move(calls), done);
    const int steps = static_cast<int>(random() % 200);
    for (int i = 0; i < steps; ++i) loop->poll_one();
    ASSERT_FALSE(ended);
    if (round % 3 != 0) {
      signal.emit(asio::cancellation_type::terminal);
      loop->run();
      ASSERT_TRUE(ended) << "stuck in round " << round << " after " << steps << " steps";
      EXPECT_THROW(std::rethrow_exception(error), CancelledError);
    } else {
      loop = nullptr;
    }
    EXPECT_EQ(all.alive, 0) << "in round " << round;
  }
}

TEST(MergeChannelCancel, of_the_next_waits_for_the_producers_in_every_state) {
  for (int steps = 0; steps < 80; ++steps) {
    for (const std::size_t most : {0u, 1u, 2u}) {
      int alive = 0;
      int at_throw = -1;
      asio::io_context loop;
      asio::cancellation_signal signal;
      auto produce = [](sender<int> out, int& count) -> awaitable<void> {
        struct presence {
          explicit presence(int& n) : at(n) { ++at; }
          ~presence() { --at; }
          int& at;
        } here(count);
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        for (int i = 0; i < 3; ++i) {
          co_await asio::post(executor, asio::use_awaitable);
          co_await out.give(i);
          co_await out.drained();
        }
        co_await wait_forever(count);
      };
      auto consume = [&produce](int& count, int& thrown_at) -> awaitable<void> {
        merge_channel<int> all;
        for (int i = 0; i < 3; ++i) all.add(produce(all.out(), count));
        try {
          while (auto chunk = co_await all.next()) EXPECT_LT(*chunk, 3);
        } catch (const CancelledError&) {
          thrown_at = count;
          throw;
        }
      };
      auto outer = [&consume](int& count, int& thrown_at, std::size_t limit) -> awaitable<void> {
        std::vector<awaitable<void>> calls;
        calls.push_back(consume(count, thrown_at));
        co_await gather(std::move(calls), {.max_concurrency = limit});
      };
      std::exception_ptr error;
      asio::co_spawn(loop, outer(alive, at_throw, most),
                     asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { error = e; }));
      for (int i = 0; i < steps; ++i) loop.poll_one();
      signal.emit(asio::cancellation_type::terminal);
      loop.run();
      EXPECT_THROW(std::rethrow_exception(error), CancelledError) << steps;
      EXPECT_LE(at_throw, 0) << "after " << steps << " steps, budget " << most;
      EXPECT_EQ(alive, 0);
    }
  }
}

awaitable<int> gives_until_cancelled(sender<int> out, bool& cut_off) {
  try {
    co_await out.give(2);
  } catch (const CancelledError&) {
    cut_off = true;
    throw;
  }
  co_return 0;
}

/// Abandons its second give() after 5 ms and continues with the third.
awaitable<void> leaves_a_hand_over(sender<int> out, virtual_work& work, bool& cut_off) {
  co_await out.give(1);
  const auto began = work.now();
  std::vector<awaitable<int>> calls;
  calls.push_back(gives_until_cancelled(out, cut_off));
  calls.push_back(work.give(1, 5ms));
  const int winner = co_await race(std::move(calls));
  EXPECT_EQ(winner, 1);
  EXPECT_EQ(work.now() - began, 5ms);
  co_await out.give(3);
}

TEST(MergeChannelCancel, of_one_hand_over_leaves_the_stream_alive) {
  for (const std::size_t most : {0u, 3u}) {
    VirtualTime time;
    virtual_work work(time);
    bool cut_off = false;
    auto consume = [](virtual_work& w, bool& cut) -> awaitable<void> {
      merge_channel<int> all;
      all.add(leaves_a_hand_over(all.out(), w, cut));
      std::vector<int> seen;
      while (auto chunk = co_await all.next()) {
        seen.push_back(*chunk);
        co_await w.wait(50ms);
      }
      EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
    };
    std::vector<awaitable<void>> calls;
    calls.push_back(consume(work, cut_off));
    time.run(gather(std::move(calls), {.max_concurrency = most}));
    EXPECT_TRUE(cut_off) << most;
    EXPECT_EQ(work.alive().now, 0);
  }
}

/// Learns of the end of its consumer only from its sender.
awaitable<void> heeds_no_cancel(sender<int> out, bool& told) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  out.push(1);
  try {
    co_await out.drained();
  } catch (const CancelledError&) {
    told = true;
    throw;
  }
}

TEST(MergeChannelCancel, the_sender_tells_a_producer_that_ignores_cancels) {
  for (const std::size_t most : {0u, 2u}) {
    bool told = false;
    VirtualTime time;
    auto consume = [](bool& heard) -> awaitable<void> {
      merge_channel<int> all;
      all.add(heeds_no_cancel(all.out(), heard));
      const auto chunk = co_await all.next();
      EXPECT_TRUE(chunk);
      co_await all.close();
    };
    std::vector<awaitable<void>> calls;
    calls.push_back(consume(told));
    time.run(gather(std::move(calls), {.max_concurrency = most}));
    EXPECT_TRUE(told) << most;
  }
}

}  // namespace
}  // namespace corochain::merge_channel_cancel_test
