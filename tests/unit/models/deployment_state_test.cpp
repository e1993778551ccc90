// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/deployment_state.hpp"

#include <gtest/gtest.h>

namespace corochain::models::deployment_state_test {
namespace {

TEST(deployment_state, is_shared_by_all_models_of_a_deployment) {
  const auto one = deployment_for("shared");
  EXPECT_EQ(deployment_for("shared"), one);
  EXPECT_NE(deployment_for("another"), one);
}

/// A program may make a model for each call.
TEST(deployment_state, remembers_what_retries_have_cost) {
  auto used = deployment_for("costly");
  ASSERT_TRUE(used->budget.withdraw(codec::retry_budget::price, codec::retry_limit().most));
  const std::weak_ptr<deployment_state> kept = used;
  used = nullptr;
  deployment_for("another");
  EXPECT_FALSE(kept.expired());
  EXPECT_EQ(deployment_for("costly")->budget.spent(), codec::retry_budget::price);
}

TEST(deployment_state, is_forgotten_where_there_is_nothing_to_remember) {
  const std::weak_ptr<deployment_state> unused = deployment_for("unused");
  deployment_for("another");
  EXPECT_TRUE(unused.expired());
}

}  // namespace
}  // namespace corochain::models::deployment_state_test
