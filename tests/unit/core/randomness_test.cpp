// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "core/randomness.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <regex>
#include <set>
#include <thread>
#include <vector>

namespace corochain::detail::randomness_test {
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

/// The result of `draw` in a child of fork, `size` bytes.
template <class Draw>
std::string drawn_by_child(Draw draw, std::size_t size) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string made = draw();
    ::_exit(::write(ends[1], made.data(), size) == static_cast<ssize_t>(size) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string made(size, ' ');
  const bool got = child > 0 && ::read(ends[0], made.data(), size) == static_cast<ssize_t>(size);
  ::close(ends[0]);
  int status = -1;
  if (child > 0) ::waitpid(child, &status, 0);
  return got && status == 0 ? made : std::string();
}

TEST(random_uuid, is_not_the_parents_in_a_child_of_fork) {
  (void)random_uuid();  // some are in store now
  const std::string of_child = drawn_by_child(&random_uuid, 36);
  ASSERT_EQ(of_child.size(), 36u);
  for (int i = 0; i < 64; ++i) EXPECT_NE(random_uuid(), of_child);
}

TEST(uniform01, is_not_the_parents_in_a_child_of_fork) {
  (void)uniform01();  // seeded now
  const auto draw = [] {
    const double drawn = uniform01();
    return std::string(reinterpret_cast<const char*>(&drawn), sizeof drawn);
  };
  const std::string of_child = drawn_by_child(draw, sizeof(double));
  ASSERT_EQ(of_child.size(), sizeof(double));
  EXPECT_NE(draw(), of_child);
}

}  // namespace
}  // namespace corochain::detail::randomness_test
