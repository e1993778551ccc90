// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <corochain/concurrency/detail/merge_channel.hpp>

#include "support/virtual_work.hpp"
#include "unit/concurrency/letters.hpp"

namespace corochain::merge_channel_budget_test {
namespace {
using detail::merge_channel;
using detail::sender;
using test::letters;
using test::read_all;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

/// A consumer with work of its own between two chunks, over producers with work of their own.
awaitable<int> merge_and_work(virtual_work& work, int producers, int chunks) {
  merge_channel<std::string> all;
  int given = 0;
  for (int i = 0; i < producers; ++i)
    all.add(letters(all.out(), work, static_cast<char>('a' + i), chunks, std::chrono::milliseconds(1 + i),
                    given));
  int seen = 0;
  while (auto chunk = co_await all.next()) {
    ++seen;
    co_await work.wait(3ms);
  }
  co_return seen;
}

TEST(MergeChannelBudget, of_any_size_works_with_any_number_of_producers) {
  for (const std::size_t most : {1u, 2u, 3u}) {
    for (const int producers : {1, 2, 3, 7}) {
      VirtualTime time;
      virtual_work work(time);
      auto outer = [](virtual_work& w, std::size_t limit, int count) -> awaitable<int> {
        std::vector<awaitable<int>> calls;
        for (int i = 0; i < 3; ++i) calls.push_back(merge_and_work(w, count, 4));
        const auto seen = co_await gather(std::move(calls), {.max_concurrency = limit});
        co_return seen[0] + seen[1] + seen[2];
      };
      EXPECT_EQ(time.run(outer(work, most, producers)), 12 * producers);
      EXPECT_LE(work.alive().peak, static_cast<int>(most));
      EXPECT_EQ(work.alive().peak, static_cast<int>(most)) << "permits were left unused";
    }
  }
}

TEST(MergeChannelBudget, producers_of_one_stream_take_turns) {
  VirtualTime time;
  virtual_work work(time);
  auto outer = [](virtual_work& w, std::string& seen) -> awaitable<void> {
    auto task = [](virtual_work& inner, std::string& order) -> awaitable<void> {
      int given = 0;
      merge_channel<std::string> all;
      for (const char letter : {'a', 'b', 'c'}) all.add(letters(all.out(), inner, letter, 2, 1ms, given));
      order = co_await read_all(std::move(all));
    };
    std::vector<awaitable<void>> calls;
    calls.push_back(task(w, seen));
    co_await gather(std::move(calls), {.max_concurrency = 1});
  };
  std::string seen;
  time.run(outer(work, seen));
  EXPECT_EQ(seen, "a0 b0 c0 a1 b1 c1 ");
}

/// A producer that passes on the chunks of a merge_channel of its own: streams nested in streams.
awaitable<void> relay(sender<std::string> out, virtual_work& work, int depth) {
  if (depth == 0) {
    for (int i = 0; i < 2; ++i) {
      co_await work.wait(1ms);
      co_await out.give("x");
    }
    co_return;
  }
  merge_channel<std::string> all;
  for (int i = 0; i < 2; ++i) all.add(relay(all.out(), work, depth - 1));
  while (auto chunk = co_await all.next()) {
    co_await work.wait(1ms);
    co_await out.give(std::move(*chunk));
  }
}

/// A producer whose nested calls send to a stream outside their own fan-out.
awaitable<void> scatter(sender<std::string> out, virtual_work& work, int depth) {
  std::vector<awaitable<void>> calls;
  for (int i = 0; i < 2; ++i)
    calls.push_back(depth == 0 ? relay(out, work, 0) : scatter(out, work, depth - 1));
  co_await gather(std::move(calls));
  co_await work.wait(1ms);
}

TEST(MergeChannelBudget, nested_streams_and_fan_outs_never_block_each_other) {
  for (const std::size_t most : {1u, 2u, 5u}) {
    for (const bool scattered : {false, true}) {
      VirtualTime time;
      virtual_work work(time);
      auto task = [](virtual_work& w, bool by_scatter) -> awaitable<int> {
        merge_channel<std::string> all;
        for (int i = 0; i < 2; ++i) all.add(by_scatter ? scatter(all.out(), w, 1) : relay(all.out(), w, 2));
        int seen = 0;
        while (auto chunk = co_await all.next()) {
          ++seen;
          co_await w.wait(1ms);
        }
        co_return seen;
      };
      auto outer = [&](virtual_work& w, std::size_t limit, bool by_scatter) -> awaitable<int> {
        std::vector<awaitable<int>> calls;
        for (int i = 0; i < 3; ++i) calls.push_back(task(w, by_scatter));
        const auto seen = co_await gather(std::move(calls), {.max_concurrency = limit});
        co_return seen[0] + seen[1] + seen[2];
      };
      EXPECT_EQ(time.run(outer(work, most, scattered)), scattered ? 48 : 48) << most << scattered;
      EXPECT_EQ(work.alive().peak, static_cast<int>(most)) << scattered;
    }
  }
}

TEST(MergeChannelBudget, push_wakes_a_consumer_that_can_have_a_permit) {
  VirtualTime time;
  virtual_work work(time);
  auto pushes = [](sender<int> out, virtual_work& w) -> awaitable<void> {
    out.push(1);
    co_await w.wait(10ms);
  };
  auto task = [&pushes](virtual_work& w, std::chrono::milliseconds& at) -> awaitable<void> {
    merge_channel<int> all;
    all.add(pushes(all.out(), w));
    const auto chunk = co_await all.next();
    EXPECT_TRUE(chunk);
    at = w.now();
    const auto end = co_await all.next();
    EXPECT_FALSE(end);
  };
  for (const std::size_t most : {1u, 2u}) {
    std::chrono::milliseconds at{-1};
    const auto began = work.now();
    auto outer = [&task](virtual_work& w, std::size_t limit,
                         std::chrono::milliseconds& when) -> awaitable<void> {
      std::vector<awaitable<void>> calls;
      calls.push_back(task(w, when));
      co_await gather(std::move(calls), {.max_concurrency = limit});
    };
    time.run(outer(work, most, at));
    EXPECT_EQ(at - began, most == 1 ? 10ms : 0ms) << most;
  }
}

}  // namespace
}  // namespace corochain::merge_channel_budget_test
