// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/list_arg.hpp"

#include <gtest/gtest.h>

#include <string>

#include "corochain/concurrency/run.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/message.hpp"

namespace corochain::list_arg_test {
namespace {

using texts = ListArg<std::string>;

std::string joined(const texts& list) {
  std::string all;
  for (const std::string& text : list) all += text;
  return all;
}

TEST(ListArg, is_empty_by_default) {
  const texts none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(none.begin(), none.end());
}

TEST(ListArg, takes_one_to_twelve_elements_in_order) {
  const texts one = {"a"};
  EXPECT_EQ(joined(one), "a");
  const texts two = {"a", "b"};
  EXPECT_EQ(joined(two), "ab");
  EXPECT_EQ(joined({"a", "b", "c"}), "abc");
  EXPECT_EQ(joined({"a", "b", "c", "d"}), "abcd");
  EXPECT_EQ(joined({"a", "b", "c", "d", "e"}), "abcde");
  EXPECT_EQ(joined({"a", "b", "c", "d", "e", "f"}), "abcdef");
  EXPECT_EQ(joined({"a", "b", "c", "d", "e", "f", "g"}), "abcdefg");
  EXPECT_EQ(joined({"a", "b", "c", "d", "e", "f", "g", "h"}), "abcdefgh");
  EXPECT_EQ(joined({"a", "b", "c", "d", "e", "f", "g", "h", "i"}), "abcdefghi");
  EXPECT_EQ(joined({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}), "abcdefghij");
  EXPECT_EQ(joined({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}), "abcdefghijk");
  EXPECT_EQ(joined({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}), "abcdefghijkl");
}

TEST(ListArg, takes_over_a_vector_of_any_size) {
  std::vector<std::string> many(100, "x");
  const std::string* const first = many.data();
  texts list(std::move(many));
  EXPECT_EQ(list.size(), 100u);
  EXPECT_EQ(&list[0], first);
}

TEST(ListArg, gives_its_elements_away) {
  texts list = {"a", "b"};
  const std::vector<std::string> elements = std::move(list).take();
  EXPECT_EQ(elements, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(list.empty());  // NOLINT(bugprone-use-after-move): promised
}

TEST(ListArg, copies_are_independent) {
  texts original = {"a", "b"};
  const texts copy = original;
  (void)std::move(original).take();
  EXPECT_EQ(joined(copy), "ab");
}

awaitable<std::string> join(texts list) { co_return joined(list); }

awaitable<std::size_t> count(ListArg<Message> messages) { co_return messages.size(); }

TEST(ListArg, can_be_braced_inside_a_co_await_expression) {
  run([]() -> awaitable<void> {
    const std::string long_text(100, 'x');
    const std::string one = co_await join({long_text});
    EXPECT_EQ(one, long_text);
    const std::string three =
        co_await join({"a literal that is too long for the small buffer of a string", long_text, "c"});
    EXPECT_EQ(three, "a literal that is too long for the small buffer of a string" + long_text + "c");
    const std::string twelve =
        co_await join({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", long_text});
    EXPECT_EQ(twelve, "abcdefghijk" + long_text);
    const std::size_t messages = co_await count({{"system", long_text}, {"human", "question"}});
    EXPECT_EQ(messages, 2u);
  }());
}

}  // namespace
}  // namespace corochain::list_arg_test
