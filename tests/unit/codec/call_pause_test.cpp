// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/call_pause.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "codec/retry_budget.hpp"

namespace corochain::codec::call_pause_test {
namespace {
using namespace std::chrono_literals;
const call_pause::clock::time_point now{std::chrono::hours(100)};

TEST(call_pause, without_one_calls_go_at_once) {
  call_pause pause;
  EXPECT_EQ(pause.resume_at(now, 1.0), now);
  pause.extend(now - 1s);
  EXPECT_EQ(pause.resume_at(now, 1.0), now);
}

TEST(call_pause, calls_come_back_spread_over_a_quarter_of_it) {
  call_pause pause;
  EXPECT_TRUE(pause.extend(now + 8s));
  EXPECT_EQ(pause.resume_at(now, 0.0), now + 8s);
  EXPECT_EQ(pause.resume_at(now, 0.5), now + 9s);
  EXPECT_EQ(pause.resume_at(now, 1.0), now + 10s);
  EXPECT_EQ(pause.resume_at(now + 8s, 1.0), now + 8s);
  pause.extend(now + 100s);
  EXPECT_EQ(pause.resume_at(now, 1.0), now + 105s);  // at most 5 s
  call_pause brief;
  brief.extend(now + 4ms);
  EXPECT_EQ(brief.resume_at(now, 1.0), now + 54ms);  // at least 50 ms
}

TEST(call_pause, the_later_end_counts) {
  call_pause pause;
  EXPECT_TRUE(pause.extend(now + 5s));
  EXPECT_FALSE(pause.extend(now + 3s));
  EXPECT_FALSE(pause.extend(now + 5s));
  EXPECT_EQ(pause.resume_at(now, 0.0), now + 5s);
}

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
}  // namespace corochain::codec::call_pause_test
