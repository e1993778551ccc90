// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/base64.hpp"

#include <gtest/gtest.h>

#include "support/base64_text.hpp"
#include "support/broken_input.hpp"

namespace corochain::codec::base64_test {
namespace {

using test::decoded_base64;
using test::exact_copy;

/// The examples of RFC 4648 section 10, and some with the last digits of the alphabet.
constexpr std::pair<std::string_view, std::string_view> pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xFF\xFE", "+//+"},
};

TEST(base64, encodes_and_decodes_the_examples_of_the_standard) {
  for (const auto& [bytes, text] : pairs) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decoded_base64(exact_copy(text).view()), std::string(bytes));
  }
}

TEST(base64, brings_back_every_byte_at_every_place) {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
  for (std::size_t skip = 0; skip < 6; ++skip) {
    const std::string some = bytes.substr(skip);
    EXPECT_EQ(decoded_base64(exact_copy(encode_base64(some)).view()), some);
  }
}

TEST(base64, decodes_into_memory_that_is_used_again) {
  std::string out = "what was there before and is longer";
  EXPECT_TRUE(decode_base64("Zm9v", out));
  EXPECT_EQ(out, "foo");
  EXPECT_TRUE(decode_base64("", out));
  EXPECT_EQ(out, "");
  EXPECT_FALSE(decode_base64("Zm9", out));
}

TEST(base64, takes_only_the_standard_alphabet_with_padding) {
  for (const std::string_view text :
       {"Z",        "Zm",       "Zm9",      "Zm9vY", "Zg=",   "Zg",       "====",    "Z===",    "=Zg=",
        "Zg==Zg==", "Zm8=Zm8=", "Zm9v====", "Zm9v=", "Zm 9v", "Zm9\n",    "Zm-_",    "Zm9\x80", "Zm\xFFv",
        "*m9v",     "Z*9v",     "Zm*v",     "Zm9*",  "Zg=A",  "Zm9vZ*==", "Zm9vZm*="})
    EXPECT_EQ(decoded_base64(exact_copy(text).view()), std::nullopt) << text;
  EXPECT_EQ(decoded_base64(std::string_view("Zm\0v", 4)), std::nullopt);
}

TEST(base64, takes_only_the_one_form_of_the_last_group) {
  for (const std::string_view text : {"Zh==", "Zv==", "Zm9=", "Zm+="})
    EXPECT_EQ(decoded_base64(exact_copy(text).view()), std::nullopt) << text;
}

TEST(base64, is_the_same_again_after_whatever_change_it_takes) {
  std::size_t taken = 0;
  test::for_each_changed_byte("Zm9vYmFyZm8=", [&](std::string_view text) {
    const auto bytes = decoded_base64(text);
    if (!bytes) return;
    ++taken;
    EXPECT_EQ(encode_base64(*bytes), text);
  });
  EXPECT_GT(taken, 0u);
}

TEST(base64, refuses_each_prefix_that_is_cut_within_a_group) {
  test::for_each_prefix("Zm9vYmFyZm8=", [](std::string_view prefix) {
    EXPECT_EQ(decoded_base64(prefix).has_value(), prefix.size() % 4 == 0) << prefix;
  });
}

}  // namespace
}  // namespace corochain::codec::base64_test
