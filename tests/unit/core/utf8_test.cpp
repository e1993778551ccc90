// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "core/utf8.hpp"

#include <gtest/gtest.h>

#include "support/broken_input.hpp"

namespace corochain::detail::utf8_test {
namespace {

std::optional<std::size_t> check(std::string_view text) {
  return invalid_utf8_at(corochain::test::exact_copy(text).view());
}

TEST(utf8, takes_well_formed_text) {
  for (std::string_view text :
       {"", "a", "plain ASCII of more than eight bytes", "gr\xC3\xBC\xC3\x9F", "\xE4\xBD\xA0\xE5\xA5\xBD",
        "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF", "\x7F"})
    EXPECT_EQ(check(text), std::nullopt) << text;
  EXPECT_EQ(check(std::string_view("\0", 1)), std::nullopt);
}

TEST(utf8, refuses_what_the_standard_refuses) {
  const std::string_view bad[] = {
      "\x80",  // a continuation byte alone
      "\xBF",
      "\xC0\x80",  // overlong
      "\xC1\xBF",
      "\xE0\x80\x80",
      "\xE0\x9F\xBF",
      "\xF0\x80\x80\x80",
      "\xF0\x8F\xBF\xBF",
      "\xED\xA0\x80",  // surrogates
      "\xED\xBF\xBF",
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF5\x80\x80\x80",
      "\xFE",
      "\xFF",
      "\xC3",  // cut
      "\xE4\xBD",
      "\xF0\x9F\x98",
      "\xC3(",  // a character that does not go on
      "\xE4\xBD(",
      "\xF0\x9F\x98(",
  };
  for (std::string_view text : bad) {
    EXPECT_EQ(check(text), 0u);
    // At every offset within and across the blocks of eight.
    for (std::size_t before = 1; before < 20; ++before) {
      EXPECT_EQ(check(std::string(before, 'x').append(text)), before);
      EXPECT_EQ(check(std::string(before, 'x').append(text).append(20, 'y')), before);
    }
  }
}

TEST(utf8, finds_a_bad_byte_behind_long_and_mixed_text) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += i % 3 == 0 ? "\xC3\xBC" : i % 3 == 1 ? "abcdefgh" : "\xF0\x9F\x98\x80";
  EXPECT_EQ(check(text), std::nullopt);
  const std::size_t size = text.size();
  EXPECT_EQ(check(text + "\xFF tail"), size);
}

TEST(utf8, agrees_with_itself_on_all_pairs_of_bytes) {
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      const std::string pair{static_cast<char>(a), static_cast<char>(b)};
      const bool valid = (a < 0x80 && b < 0x80) || (a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF);
      EXPECT_EQ(!check(pair), valid) << a << ' ' << b;
    }
}

TEST(utf8, cuts_an_excerpt_between_characters) {
  EXPECT_EQ(utf8_excerpt("abc", 10), "abc");
  EXPECT_EQ(utf8_excerpt("abc", 2), "ab");
  EXPECT_EQ(utf8_excerpt("abc", 0), "");
  EXPECT_EQ(utf8_excerpt("a\xC3\xBC", 2), "a");
  EXPECT_EQ(utf8_excerpt("a\xC3\xBC", 3), "a\xC3\xBC");
  EXPECT_EQ(utf8_excerpt("a\xFF"
                         "b",
                         10),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(utf8_excerpt("a\xFF"
                         "b",
                         3),
            "a");
}

TEST(utf8, an_excerpt_of_anything_is_valid_and_bounded) {
  std::string noise;
  unsigned state = 1;
  for (int i = 0; i < 5000; ++i) noise += static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  for (std::size_t limit : {0u, 1u, 2u, 3u, 100u, 4096u, 100000u}) {
    const std::string excerpt = utf8_excerpt(noise, limit);
    EXPECT_LE(excerpt.size(), limit);
    EXPECT_EQ(invalid_utf8_at(excerpt), std::nullopt);
  }
}

}  // namespace
}  // namespace corochain::detail::utf8_test
