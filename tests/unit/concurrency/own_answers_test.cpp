// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Fan-outs of calls whose values have no default constructor, cannot be copied, or cannot be assigned.

#include "support/own_answers.hpp"

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <corochain/corochain.hpp>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace corochain::own_answers_test {
namespace {
using namespace std::chrono_literals;

template <class T>
awaitable<T> give(int number) {
  if (number < 0) throw std::runtime_error("no answer");
  co_return T(number);
}
template <class T>
std::vector<awaitable<T>> calls(std::vector<int> numbers) {
  std::vector<awaitable<T>> all;
  for (const int number : numbers) all.push_back(give<T>(number));
  return all;
}

template <class T>
class CallsOfOwnAnswers : public ::testing::Test {};
TYPED_TEST_SUITE(CallsOfOwnAnswers, test::OwnAnswers);

TYPED_TEST(CallsOfOwnAnswers, are_run_and_limited) {
  using T = TypeParam;
  EXPECT_EQ(run(give<T>(1)).number(), 1);
  EXPECT_THROW(run(give<T>(-1)), std::runtime_error);
  EXPECT_EQ(run(timeout(1h, give<T>(2))).number(), 2);
  EXPECT_THROW(run(timeout(0s, give<T>(2))), TimeoutError);
}

TYPED_TEST(CallsOfOwnAnswers, are_gathered) {
  using T = TypeParam;
  const std::vector<T> all = run(gather(calls<T>({1, 2, 3})));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].number() * 100 + all[1].number() * 10 + all[2].number(), 123);
  EXPECT_THROW(run(gather(calls<T>({1, -1}), {.max_concurrency = 1})), std::runtime_error);

  const std::vector<Result<T>> each = run(gather_results(calls<T>({4, -1, 6}), {.max_concurrency = 2}));
  ASSERT_EQ(each.size(), 3u);
  EXPECT_EQ(each[0].value().number(), 4);
  EXPECT_EQ(each[1].error().message(), "no answer");
  EXPECT_EQ(each[2].value().number(), 6);
}

TYPED_TEST(CallsOfOwnAnswers, are_gathered_with_others) {
  using T = TypeParam;
  auto nothing = []() -> awaitable<void> { co_return; };
  const std::tuple<T, int, std::monostate> mixed = run(gather(give<T>(7), give<int>(8), nothing()));
  EXPECT_EQ(std::get<0>(mixed).number(), 7);
  EXPECT_EQ(std::get<1>(mixed), 8);
}

TYPED_TEST(CallsOfOwnAnswers, are_taken_as_they_end) {
  using T = TypeParam;
  auto take = []() -> awaitable<int> {
    auto done = as_completed(calls<T>({1, 2, -1, 4}), {.max_concurrency = 2});
    int sum = 0;
    while (std::optional<Completed<T>> item = co_await done.next()) {
      EXPECT_EQ(item->result.has_value(), item->index != 2);
      if (item->result) sum += item->result->number();
    }
    co_await done.close();
    co_return sum;
  };
  EXPECT_EQ(run(take()), 7);
}

TYPED_TEST(CallsOfOwnAnswers, are_raced) {
  using T = TypeParam;
  EXPECT_EQ(run(race(give<T>(-1), give<T>(5))).number(), 5);
  EXPECT_EQ(run(race(calls<T>({-1, 6, 7}), {.max_concurrency = 1})).number(), 6);
  EXPECT_THROW(run(race(give<T>(-1), give<T>(-2))), Error);
}

TYPED_TEST(CallsOfOwnAnswers, are_made_elsewhere) {
  using T = TypeParam;
  boost::asio::thread_pool pool(1);
  auto both = [&pool]() -> awaitable<int> {
    auto make = [] { return T(3); };
    T made = co_await offload(pool.get_executor(), make);
    auto await = [] { return give<T>(4); };
    T awaited = co_await offload(pool.get_executor(), await);
    co_return made.number() * 10 + awaited.number();
  };
  EXPECT_EQ(run(both()), 34);
}

TYPED_TEST(CallsOfOwnAnswers, are_made_in_groups) {
  using T = TypeParam;
  auto keep = [](std::optional<T>& slot, int number) -> awaitable<void> {
    slot.emplace(co_await give<T>(number));
  };
  auto all = [&keep]() -> awaitable<int> {
    std::optional<T> first, second;
    auto body = [&](task_group& group) -> awaitable<void> {
      group.spawn(keep(first, 1));
      group.spawn(keep(second, 2));
      co_await group.join();
    };
    co_await with_task_group(body);
    co_return first->number() * 10 + second->number();
  };
  EXPECT_EQ(run(all()), 12);
}

}  // namespace
}  // namespace corochain::own_answers_test
