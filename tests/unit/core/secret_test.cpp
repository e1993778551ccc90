// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/secret.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace corochain::secret_test {
namespace {

template <class T>
concept printable = requires(std::ostream& out, const T& value) { out << value; };
template <class T>
concept hashable = requires(const T& value) { std::hash<T>()(value); };

// Only a call of reveal() turns a key into text.
static_assert(printable<std::string> && !printable<Secret>);
static_assert(!std::convertible_to<Secret, std::string>);
static_assert(!std::convertible_to<Secret, std::string_view>);
static_assert(!std::convertible_to<Secret, const char*>);
static_assert(!std::constructible_from<std::string, Secret>);
static_assert(!std::constructible_from<std::string_view, Secret>);
static_assert(!std::convertible_to<Secret, bool>);
static_assert(!hashable<Secret>);

static_assert(std::is_nothrow_default_constructible_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(std::is_nothrow_move_assignable_v<Secret>);

TEST(secret, is_made_from_any_text) {
  const std::string text = "key";
  EXPECT_EQ(Secret("key").reveal(), "key");
  EXPECT_EQ(Secret(text).reveal(), "key");
  EXPECT_EQ(Secret(std::string_view(text)).reveal(), "key");
  Secret assigned;
  assigned = "literal";
  EXPECT_EQ(assigned.reveal(), "literal");
  EXPECT_EQ(assigned.size(), 7u);
  EXPECT_FALSE(assigned.empty());
}

TEST(secret, keeps_every_byte) {
  const std::string text("a\0b\xff", 4);
  EXPECT_EQ(Secret(text).reveal(), text);
}

TEST(secret, is_empty_by_default_and_from_empty_text) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret().reveal(), "");
  EXPECT_TRUE(Secret("").empty());
  EXPECT_EQ(Secret(), Secret(""));
}

TEST(secret, equals_the_same_text_only) {
  EXPECT_EQ(Secret("key"), Secret("key"));
  EXPECT_NE(Secret("key"), Secret("kez"));
  EXPECT_NE(Secret("key"), Secret("aey"));
  EXPECT_NE(Secret("key"), Secret("keys"));
  EXPECT_NE(Secret("key"), Secret());
}

TEST(secret, copies_are_independent) {
  Secret original("key");
  const Secret copy = original;
  original = "other";
  EXPECT_EQ(copy.reveal(), "key");
  Secret assigned("longer than before");
  assigned = copy;
  EXPECT_EQ(assigned.reveal(), "key");
  EXPECT_NE(assigned.reveal().data(), copy.reveal().data());
}

TEST(secret, moving_leaves_the_source_empty) {
  Secret source("key");
  Secret target = std::move(source);
  EXPECT_EQ(target.reveal(), "key");
  EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): promised
  EXPECT_EQ(source.reveal(), "");
  Secret assigned("old");
  assigned = std::move(target);
  EXPECT_EQ(assigned.reveal(), "key");
  EXPECT_TRUE(target.empty());  // NOLINT(bugprone-use-after-move): promised
}

TEST(secret, survives_assignment_to_itself) {
  Secret key("key");
  Secret& same = key;
  key = same;
  EXPECT_EQ(key.reveal(), "key");
  key = std::move(same);
  EXPECT_EQ(key.reveal(), "key");
}

TEST(wipe, empties_a_string_and_overwrites_its_memory) {
  std::string key(100, 'k');
  const char* const memory = key.data();
  wipe(key);
  EXPECT_TRUE(key.empty());
  ASSERT_EQ(key.data(), memory);
  key.resize(1);  // makes the first byte readable; the others must not hold the key either
  std::string_view left(memory, 1);
  EXPECT_EQ(left.find('k'), std::string_view::npos);
  for (std::size_t i = 1; i < 100; ++i) ASSERT_EQ(static_cast<const volatile char*>(memory)[i], '\0') << i;
}

TEST(wipe, copes_with_short_and_empty_strings) {
  std::string empty;
  wipe(empty);
  EXPECT_TRUE(empty.empty());
  std::string small = "k";
  wipe(small);
  EXPECT_TRUE(small.empty());
}

}  // namespace
}  // namespace corochain::secret_test
