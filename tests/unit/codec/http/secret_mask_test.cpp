// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/secret_mask.hpp"

#include <gtest/gtest.h>

namespace corochain::codec::secret_mask_test {
namespace {

TEST(secret_mask, hides_a_secret_wherever_it_stands) {
  const Secret key("key-12345");
  EXPECT_EQ(masked("key-12345, key-12345key-12345 and key-1234", key), "***, ****** and ***");
  EXPECT_EQ(masked("Incorrect API key provided: key-12345.", key), "Incorrect API key provided: ***.");
  EXPECT_EQ(masked("key-1234 is another one", key), "key-1234 is another one");
  EXPECT_EQ(masked("", key), "");
}

TEST(secret_mask, hides_it_however_json_writes_it) {
  EXPECT_EQ(masked(R"(a\u002Bb\/c.def a+b/c.def, a\u002bb/c.def, \u0061+b/c.d\u0065f; \u0062)",
                   Secret("a+b/c.def")),
            R"(*** ***, ***, ***; \u0062)");
  EXPECT_EQ(masked(R"({"a":"x\"yzzzzzz","b":x"yzzzzzz})", Secret("x\"yzzzzzz")), R"({"a":"***","b":***})");
  EXPECT_EQ(masked(R"(back\\slash\\ back\slash\)", Secret(R"(back\slash\)")), "*** ***");
}

TEST(secret_mask, hides_it_at_the_very_end_of_a_text) {
  const Secret key("key-12345");
  EXPECT_EQ(masked(R"(... key-1234\u0035)", key), "... ***");
  EXPECT_EQ(masked(R"(... key-1234\u003)", key), R"(... key-1234\u003)");
  EXPECT_EQ(masked(R"(... key-12345)", key), "... ***");
}

TEST(secret_mask, hides_the_beginning_that_a_cut_left) {
  const Secret key("key-12345");
  EXPECT_EQ(masked("... key-1", key), "... ***");
  EXPECT_EQ(masked("... key-", key), "... ***");
  EXPECT_EQ(masked("... key", key), "... key");
  EXPECT_EQ(masked(R"(... \u006bey-12)", key), "... ***");
}

TEST(secret_mask, leaves_what_is_too_short_to_be_told_from_words) {
  EXPECT_EQ(masked("the keys of 7", Secret("keys of")), "the keys of 7");
  EXPECT_EQ(masked("text", Secret()), "text");
}

}  // namespace
}  // namespace corochain::codec::secret_mask_test
