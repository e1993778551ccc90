// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/randomness.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <regex>
#include <set>
#include <thread>
#include <vector>

namespace corochain::models {
namespace {

TEST(random_uuid, is_of_version_four_and_never_the_same) {
  static const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string made = random_uuid();
    EXPECT_TRUE(std::regex_match(made, form)) << made;
    EXPECT_TRUE(seen.insert(made).second) << made;
  }
}

TEST(random_uuid, differs_between_threads) {
  std::array<std::vector<std::string>, 4> made;
  std::vector<std::thread> threads;
  for (auto& each : made)
    threads.emplace_back([&each] {
      for (int i = 0; i < 200; ++i) each.push_back(random_uuid());
    });
  for (auto& each : threads) each.join();
  std::set<std::string> seen;
  for (const auto& each : made) seen.insert(each.begin(), each.end());
  EXPECT_EQ(seen.size(), 800u);
}

TEST(random_uuid, is_not_the_parents_in_a_child_of_fork) {
  (void)random_uuid();  // some are in store now
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::string made = random_uuid();
    const bool written = ::write(ends[1], made.data(), made.size()) == 36;
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string of_child(36, ' ');
  EXPECT_EQ(::read(ends[0], of_child.data(), of_child.size()), 36);
  ::close(ends[0]);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  for (int i = 0; i < 64; ++i) EXPECT_NE(random_uuid(), of_child);
}

}  // namespace
}  // namespace corochain::models
