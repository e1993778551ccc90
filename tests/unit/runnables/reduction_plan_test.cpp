// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The plan of a `map_reduce` without calls: random ends of inputs and groups.

#include "corochain/runnables/detail/reduction_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace corochain::detail::reduction_plan_test {
namespace {

using numbers = std::vector<std::size_t>;

std::vector<numbers> inputs_of(const reduction_plan& plan) {
  std::vector<numbers> all;
  for (const auto& part : plan.parts()) all.push_back(part.inputs);
  return all;
}

TEST(ReductionPlan, combines_neighbours_as_soon_as_they_are_there) {
  reduction_plan plan(2, true);
  numbers values;
  for (int i = 0; i < 4; ++i) values.push_back(plan.begin_input());
  plan.has_value(values[0]);
  plan.has_value(values[2]);
  EXPECT_FALSE(plan.has_group()) << "they are no neighbours";
  plan.has_value(values[3]);
  ASSERT_TRUE(plan.has_group());
  const auto group = plan.next_group();
  EXPECT_EQ(group.values, (numbers{values[2], values[3]}));
  EXPECT_EQ(group.inputs, (numbers{2, 3}));
  plan.has_value(group.result);
  EXPECT_FALSE(plan.has_group());
  plan.failed(values[1]);
  ASSERT_TRUE(plan.has_group()) << "without the input they are neighbours";
  EXPECT_EQ(plan.next_group().inputs, (numbers{0, 2, 3}));
  EXPECT_EQ(inputs_of(plan), (std::vector<numbers>{{0}, {2, 3}})) << "an unfinished group";
}

TEST(ReductionPlan, without_an_order_any_values_are_combined) {
  reduction_plan plan(2, false);
  numbers values;
  for (int i = 0; i < 3; ++i) values.push_back(plan.begin_input());
  plan.has_value(values[2]);
  plan.has_value(values[0]);
  ASSERT_TRUE(plan.has_group());
  EXPECT_EQ(plan.next_group().inputs, (numbers{0, 2}));
  EXPECT_EQ(plan.unfinished(), numbers{1});
}

TEST(ReductionPlan, values_of_a_failed_group_stay) {
  reduction_plan plan(2, true);
  numbers values;
  for (int i = 0; i < 6; ++i) values.push_back(plan.begin_input());
  plan.has_value(values[2]);
  plan.has_value(values[3]);
  plan.failed(plan.next_group().result);
  for (const std::size_t i : {0u, 1u, 4u, 5u}) plan.has_value(values[i]);
  while (plan.has_group()) plan.has_value(plan.next_group().result);
  plan.finish();
  EXPECT_FALSE(plan.has_group());
  EXPECT_EQ(inputs_of(plan), (std::vector<numbers>{{0, 1}, {2}, {3}, {4, 5}}));
}

/// Each input without a failure is in one part at any time, parts are in order, and no groups are left over.
void check_random_plan(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t most) { return random() % most; };
  const std::size_t size = 2 + below(4);
  const bool ordered = below(2) == 0, groups_fail = below(4) == 0;
  reduction_plan plan(size, ordered);
  std::map<std::size_t, numbers> running;  // the inputs of each value that is being made
  std::set<std::size_t> is_group, lost;
  std::size_t begun = 0;
  const std::size_t inputs = below(20);
  for (;;) {
    if (plan.has_group() && below(2) == 0) {
      auto group = plan.next_group();
      EXPECT_LE(group.values.size(), size);
      EXPECT_GE(group.values.size(), 2u);
      EXPECT_TRUE(std::is_sorted(group.inputs.begin(), group.inputs.end()));
      is_group.insert(group.result);
      running.emplace(group.result, std::move(group.inputs));
    } else if (begun < inputs && below(2) == 0) {
      running.emplace(plan.begin_input(), numbers{begun++});
    } else if (!running.empty()) {
      const auto one = std::next(running.begin(), static_cast<std::ptrdiff_t>(below(running.size())));
      if (below(6) > 0 || (is_group.count(one->first) && !groups_fail)) {
        plan.has_value(one->first);
      } else {
        plan.failed(one->first);
        if (!is_group.count(one->first)) lost.insert(one->second[0]);
      }
      running.erase(one);
    } else if (begun == inputs && !plan.has_group()) {
      plan.finish();
      if (!plan.has_group()) break;
    }
    std::multiset<std::size_t> held;
    for (const auto& part : plan.parts()) held.insert(part.inputs.begin(), part.inputs.end());
    for (const std::size_t input : plan.unfinished()) held.insert(input);
    held.insert(lost.begin(), lost.end());
    EXPECT_EQ(held.size(), begun);
    EXPECT_EQ(std::set<std::size_t>(held.begin(), held.end()).size(), begun);
  }
  const auto parts = plan.parts();
  if (!groups_fail) {
    EXPECT_EQ(parts.size(), lost.size() < inputs ? 1u : 0u);
  }
  for (std::size_t i = 1; ordered && i < parts.size(); ++i) {
    EXPECT_LT(parts[i - 1].inputs.back(), parts[i].inputs.front());
  }
}

TEST(ReductionPlan, property_random_plans_lose_nothing) {
  for (unsigned seed = 0; seed < 1000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    check_random_plan(seed);
  }
}

}  // namespace
}  // namespace corochain::detail::reduction_plan_test
