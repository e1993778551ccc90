// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <corochain/concurrency/detail/merge_channel.hpp>
#include <corochain/corochain.hpp>
#include <string>
#include <utility>
#include <vector>

// An awaitable that was moved from is no call. It neither ends the list of calls nor causes a crash.

namespace corochain::check_calls_test {
namespace {

awaitable<int> number(int value) { co_return value; }
awaitable<void> nothing() { co_return; }

template <class T>
std::vector<awaitable<T>> with_an_invalid_one(awaitable<T> a, awaitable<T> b, awaitable<T> c) {
  std::vector<awaitable<T>> calls;
  calls.push_back(std::move(a));
  calls.push_back(std::move(b));
  calls.push_back(std::move(c));
  const auto taken = std::move(calls[1]);
  return calls;
}
std::vector<awaitable<int>> numbers() { return with_an_invalid_one(number(1), number(2), number(3)); }

TEST(CheckCalls, are_refused_wherever_calls_are_taken) {
  EXPECT_THROW((void)gather(numbers()), ConfigError);
  EXPECT_THROW((void)gather(with_an_invalid_one(nothing(), nothing(), nothing())), ConfigError);
  EXPECT_THROW((void)gather_results(numbers()), ConfigError);
  EXPECT_THROW((void)race(numbers()), ConfigError);
  EXPECT_THROW((void)as_completed(numbers()), ConfigError);
  auto call = number(1);
  const auto taken = std::move(call);
  EXPECT_THROW((void)gather(nothing(), std::move(call)), ConfigError);
  EXPECT_THROW((void)race(number(1), std::move(call)), ConfigError);
}

TEST(CheckCalls, are_named_by_their_index) {
  std::string said;
  try {
    (void)gather(numbers());
  } catch (const ConfigError& error) {
    said = error.what();
  }
  EXPECT_NE(said.find("index 1"), std::string::npos) << said;
}

TEST(CheckCalls, are_refused_by_groups_and_streams) {
  auto main = []() -> awaitable<void> {
    task_group group(co_await boost::asio::this_coro::executor);
    auto call = nothing();
    const auto taken = std::move(call);
    EXPECT_THROW(group.spawn(std::move(call)), ConfigError);
    co_await group.join();
    detail::merge_channel<int> all;
    EXPECT_THROW(all.add(std::move(call)), ConfigError);
  };
  run(main());
}

}  // namespace
}  // namespace corochain::check_calls_test
