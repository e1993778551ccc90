// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <corochain/corochain.hpp>
#include <stdexcept>
#include <vector>

#include "support/virtual_work.hpp"

namespace corochain::first_of_test {
namespace {
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

struct FirstOf : ::testing::Test {
  VirtualTime time;
  virtual_work work{time};
};

awaitable<int> give(int value) { co_return value; }
awaitable<int> broken() {
  throw std::out_of_range("broken");
  co_return 0;
}

TEST_F(FirstOf, gives_the_first_end_and_its_index) {
  const auto value = time.run(first_of(work.give(1, 3h), work.give(2, 1h), work.fail("late", 2h)));
  EXPECT_EQ(value.index, 1u);
  EXPECT_EQ(value.result.value(), 2);
  EXPECT_EQ(work.now(), 1h);
  const auto failure = time.run(first_of(work.give(1, 3h), work.fail("first", 1h)));
  EXPECT_EQ(failure.index, 1u);
  EXPECT_EQ(failure.result.error().message(), "first");
  EXPECT_EQ(work.now(), 2h);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_EQ(time.run(first_of(give(4))).result.value(), 4);
  EXPECT_EQ(time.run(first_of(give(4), broken())).index, 0u);
  EXPECT_TRUE(time.run(first_of(work.wait(1h), work.wait(2h))).result);
}

TEST_F(FirstOf, none_or_of_a_used_one_is_refused) {
  EXPECT_THROW(time.run(first_of(std::vector<awaitable<int>>())), ConfigError);
  EXPECT_THROW((void)first_of(work.give(1, 1h), awaitable<int>()), ConfigError);
}

TEST_F(FirstOf, counts_in_the_budget_and_is_cancelled) {
  auto item = [](virtual_work& w) -> awaitable<int> {
    auto first = co_await first_of(w.give(1, 1h), w.give(2, 2h));
    co_return first.result.value();
  };
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(item(work));
  EXPECT_EQ(time.run(gather(std::move(calls), {.max_concurrency = 1})), (std::vector{1, 1, 1}));
  EXPECT_EQ(work.alive().peak, 1);
  EXPECT_THROW(time.run(timeout(30min, first_of(work.give(1, 1h), work.give(2, 2h)))), TimeoutError);
  EXPECT_EQ(work.alive().now, 0);
}

}  // namespace
}  // namespace corochain::first_of_test
