// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <random>

#include "support/virtual_work.hpp"

namespace corochain::budget_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

awaitable<int> sum_of(virtual_work& work, int count, std::size_t most) {
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < count; ++i) calls.push_back(work.give(1, 10ms));
  const auto values = co_await gather(std::move(calls), {.max_concurrency = most});
  co_return static_cast<int>(values.size());
}

awaitable<int> two_levels(virtual_work& work, int outer, int inner, std::size_t most) {
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < outer; ++i) calls.push_back(sum_of(work, inner, most));
  const auto values = co_await gather(std::move(calls));
  int sum = 0;
  for (const int value : values) sum += value;
  co_return sum;
}

awaitable<int> three_levels(virtual_work& work, std::size_t most) {
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(two_levels(work, 3, 3, 0));
  const auto values = co_await gather(std::move(calls), {.max_concurrency = most});
  int sum = 0;
  for (const int value : values) sum += value;
  co_return sum;
}

TEST(Budget, of_one_finishes_at_any_depth) {
  VirtualTime time;
  virtual_work work(time);
  EXPECT_EQ(time.run(three_levels(work, 1)), 36);
  EXPECT_EQ(work.alive().peak, 1);
  EXPECT_EQ(work.now(), 360ms);
}

awaitable<int> by_task_group(virtual_work& work) {
  task_group group(co_await asio::this_coro::executor);
  group.spawn(work.wait(10ms));
  co_await group.join();
  co_return 1;
}

TEST(Budget, a_parent_in_join_holds_no_permit_beside_its_child) {
  VirtualTime time;
  virtual_work work(time);
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(by_task_group(work));
  time.run(gather(std::move(calls), {.max_concurrency = 2}));
  EXPECT_EQ(work.alive().peak, 2);
  EXPECT_EQ(work.now(), 20ms);
}

TEST(Budget, nesting_never_multiplies_and_all_places_are_used) {
  for (const int most : {2, 3, 5, 8}) {
    VirtualTime time;
    virtual_work work(time);
    EXPECT_EQ(time.run(three_levels(work, static_cast<std::size_t>(most))), 36);
    EXPECT_EQ(work.alive().peak, most);
    EXPECT_EQ(work.now(), 10ms * ((36 + most - 1) / most)) << "permits were left unused at " << most;
  }
}

TEST(Budget, nested_limit_tightens) {
  VirtualTime time;
  virtual_work work(time);
  EXPECT_EQ(time.run(sum_of(work, 6, 2)), 6);
  EXPECT_EQ(work.alive().peak, 2);

  virtual_work nested(time);
  auto outer = [](virtual_work& w) -> awaitable<int> {
    std::vector<awaitable<int>> calls;
    calls.push_back(sum_of(w, 10, 2));
    const auto values = co_await gather(std::move(calls), {.max_concurrency = 8});
    co_return values[0];
  };
  EXPECT_EQ(time.run(outer(nested)), 10);
  EXPECT_EQ(nested.alive().peak, 2);
}

TEST(Budget, nested_limit_bounds_all_below_it) {
  VirtualTime time;
  virtual_work work(time);
  // 8 at the top, 2 in the middle, and no limit of its own at the bottom.
  auto middle = [](virtual_work& w) -> awaitable<int> {
    std::vector<awaitable<int>> calls;
    for (int i = 0; i < 4; ++i) calls.push_back(sum_of(w, 4, 0));
    const auto values = co_await gather(std::move(calls), {.max_concurrency = 2});
    co_return static_cast<int>(values.size());
  };
  auto outer = [&](virtual_work& w) -> awaitable<int> {
    std::vector<awaitable<int>> calls;
    calls.push_back(middle(w));
    const auto values = co_await gather(std::move(calls), {.max_concurrency = 8});
    co_return values[0];
  };
  EXPECT_EQ(time.run(outer(work)), 4);
  EXPECT_EQ(work.alive().peak, 2);
}

awaitable<int> stream_between_own_work(virtual_work& work) {
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(work.give(1, 10ms));
  auto done = as_completed(std::move(calls));
  int sum = 0;
  while (auto item = co_await done.next()) {
    sum += item->result.value();
    sum += co_await work.give(100, 3ms);  // the parent works itself: it must have its own permit back
  }
  co_return sum;
}

TEST(Budget, a_streams_parent_works_within_the_budget) {
  for (const int most : {1, 2, 3}) {
    VirtualTime time;
    virtual_work work(time);
    auto outer = [](virtual_work& w, std::size_t limit) -> awaitable<int> {
      std::vector<awaitable<int>> calls;
      for (int i = 0; i < 3; ++i) calls.push_back(stream_between_own_work(w));
      const auto values = co_await gather(std::move(calls), {.max_concurrency = limit});
      co_return values[0] + values[1] + values[2];
    };
    EXPECT_EQ(time.run(outer(work, static_cast<std::size_t>(most))), 3 * 404);
    EXPECT_EQ(work.alive().peak, most);
  }
}

TEST(Budget, two_streams_in_one_task_do_not_block) {
  VirtualTime time;
  virtual_work work(time);
  auto task = [](virtual_work& w) -> awaitable<int> {
    std::vector<awaitable<int>> first;
    std::vector<awaitable<int>> second;
    for (int i = 0; i < 3; ++i) first.push_back(w.give(1, 5ms));
    for (int i = 0; i < 3; ++i) second.push_back(w.give(1, 5ms));
    auto a = as_completed(std::move(first));
    auto b = as_completed(std::move(second));
    int sum = 0;
    for (int i = 0; i < 3; ++i) {
      auto x = co_await a.next();
      sum += x->result.value();
      auto y = co_await b.next();
      sum += y->result.value();
    }
    co_return sum;
  };
  auto outer = [&](virtual_work& w) -> awaitable<int> {
    std::vector<awaitable<int>> calls;
    calls.push_back(task(w));
    calls.push_back(task(w));
    const auto values = co_await gather(std::move(calls), {.max_concurrency = 1});
    co_return values[0] + values[1];
  };
  EXPECT_EQ(time.run(outer(work)), 12);
  EXPECT_EQ(work.alive().peak, 1);
}

awaitable<std::vector<int>> gives(virtual_work& work, int count) {
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < count; ++i) calls.push_back(work.give(i, 5ms));
  return gather(std::move(calls));
}

TEST(Budget, two_gathers_at_once_in_one_task_finish) {
  for (int first = 0; first < 4; ++first) {
    for (int second = 0; second < 4; ++second) {
      VirtualTime time;
      virtual_work work(time);
      auto task = [](virtual_work& w, int a, int b) -> awaitable<int> {
        using namespace asio::experimental::awaitable_operators;
        auto both = gives(w, a) && gives(w, b);
        const auto values = co_await std::move(both);
        co_return static_cast<int>(std::get<0>(values).size() + std::get<1>(values).size());
      };
      auto outer = [&](virtual_work& w) -> awaitable<int> {
        std::vector<awaitable<int>> calls;
        calls.push_back(task(w, first, second));
        const auto values = co_await gather(std::move(calls), {.max_concurrency = 1});
        co_return values[0];
      };
      EXPECT_EQ(time.run(outer(work)), first + second);
      EXPECT_LE(work.alive().peak, 1);
    }
  }
}

/// Random trees of fan-outs with random limits: everything finishes, and the work below a limit never exceeds
/// it.
struct limit_watch {
  std::size_t most;
  std::size_t now = 0;
};

awaitable<void> add_to(int& sum, awaitable<int> call) { sum += co_await std::move(call); }

awaitable<int> random_tree(virtual_work& work, std::mt19937& random, int depth,
                           std::vector<limit_watch*> around) {
  if (depth == 0) {
    for (auto* watch : around) {
      ++watch->now;
      if (watch->most > 0) {
        EXPECT_LE(watch->now, watch->most);
      }
    }
    co_await work.wait(std::chrono::milliseconds(random() % 10));
    for (auto* watch : around) --watch->now;
    co_return 1;
  }
  limit_watch own{random() % 4};
  around.push_back(&own);
  std::vector<awaitable<int>> calls;
  const int count = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < count; ++i) calls.push_back(random_tree(work, random, depth - 1, around));
  int sum = 0;
  const auto how = random() % 3;
  if (how == 0) {
    // One half are the children of a group, and its body calls the others, some of them one by one.
    auto body = [&](task_group& group) -> awaitable<void> {
      std::vector<awaitable<int>> half;
      for (std::size_t i = 0; i < calls.size(); ++i) {
        if (i % 2 == 0)
          half.push_back(std::move(calls[i]));
        else
          group.spawn(add_to(sum, std::move(calls[i])));
      }
      const auto values = co_await gather(std::move(half), {.max_concurrency = random() % 3});
      for (const int value : values) sum += value;
    };
    co_await with_task_group(body, {.max_concurrency = own.most});
  } else if (how == 1) {
    auto done = as_completed(std::move(calls), {.max_concurrency = own.most});
    while (auto item = co_await done.next()) sum += item->result.value();
  } else {
    const auto values = co_await gather(std::move(calls), {.max_concurrency = own.most});
    for (const int value : values) sum += value;
  }
  co_return sum;
}

TEST(Budget, property_random_trees_finish_within_all_limits) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    VirtualTime time;
    virtual_work work(time);
    EXPECT_GE(time.run(random_tree(work, random, 1 + round % 4, {})), 1);
    EXPECT_EQ(work.alive().now, 0);
  }
}

}  // namespace
}  // namespace corochain::budget_test
