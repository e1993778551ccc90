// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/retry_budget.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace corochain::codec::retry_budget_test {
namespace {
TEST(retry_budget, about_a_hundred_retries_when_all_fail) {
  retry_budget budget;
  int retries = 0;
  while (budget.withdraw(retry_budget::price)) ++retries;
  EXPECT_EQ(retries, 100);
  for (int i = 0; i < 4; ++i) budget.deposit(1);
  EXPECT_FALSE(budget.withdraw(retry_budget::price));
  budget.deposit(1);
  EXPECT_TRUE(budget.withdraw(retry_budget::price));
  EXPECT_EQ(budget.left(), 0);
}

TEST(retry_budget, never_holds_more_than_it_can) {
  retry_budget budget;
  budget.deposit(1000);
  EXPECT_EQ(budget.left(), retry_budget::capacity);
  EXPECT_TRUE(budget.withdraw(0));
}

TEST(retry_budget, fills_up_to_its_last_token) {
  retry_budget budget;
  EXPECT_TRUE(budget.withdraw(1));
  budget.deposit(1);
  EXPECT_EQ(budget.left(), retry_budget::capacity);
}

TEST(retry_budget, threads_take_no_token_twice) {
  retry_budget budget;
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k)
        if (budget.withdraw(1)) ++taken;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, retry_budget::capacity);
}

}  // namespace
}  // namespace corochain::codec::retry_budget_test
