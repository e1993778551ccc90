// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/retry_budget.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace corochain::codec::retry_budget_test {
namespace {
constexpr retry_limit usual;

TEST(retry_budget, about_a_hundred_retries_when_all_fail) {
  retry_budget budget;
  int retries = 0;
  while (budget.withdraw(retry_budget::price, usual.most)) ++retries;
  EXPECT_EQ(retries, 100);
  for (int i = 0; i < 4; ++i) budget.deposit(usual.gain);
  EXPECT_FALSE(budget.withdraw(retry_budget::price, usual.most));
  budget.deposit(usual.gain);
  EXPECT_TRUE(budget.withdraw(retry_budget::price, usual.most));
  EXPECT_EQ(budget.spent(), usual.most);
}

TEST(retry_budget, earns_no_more_than_it_spent) {
  retry_budget budget;
  budget.deposit(usual.gain);
  EXPECT_EQ(budget.spent(), 0);
  EXPECT_TRUE(budget.withdraw(1, usual.most));
  budget.deposit(usual.gain);
  EXPECT_EQ(budget.spent(), 0);
}

TEST(retry_budget, is_kept_by_each_model_as_its_own_settings_say) {
  retry_budget budget;
  EXPECT_TRUE(budget.withdraw(retry_budget::price, retry_budget::price));
  EXPECT_FALSE(budget.withdraw(retry_budget::price, retry_budget::price));
  EXPECT_FALSE(budget.withdraw(retry_budget::price, 0));
  EXPECT_TRUE(budget.withdraw(retry_budget::price, usual.most));
}

TEST(retry_budget, threads_spend_no_amount_twice) {
  retry_budget budget;
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k)
        if (budget.withdraw(1, 500)) ++taken;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 500);
}

}  // namespace
}  // namespace corochain::codec::retry_budget_test
