// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/template_formatter.hpp"

#include <gtest/gtest.h>

#include "corochain/core/error.hpp"
#include "support/broken_input.hpp"

namespace corochain::codec::template_formatter_test {
namespace {

TEST(template_formatter, fills_in_and_never_reads_again_what_it_filled_in) {
  const template_formatter formatter("{{{a}}} {b}{a}", 0);
  EXPECT_EQ(formatter.variables(), (std::vector<std::string>{"a", "b", "a"}));
  Dict values;
  values.set("a", "{b}");
  values.set("b", "{{");
  EXPECT_EQ(formatter.format(values), "{{b}} {{{b}");
  EXPECT_EQ(formatter.fill_all("{a}"), "{{a}} {a}{a}");
}

TEST(template_formatter, text_without_variables_is_itself) {
  EXPECT_EQ(template_formatter("", 0).fill_all("x"), "");
  EXPECT_EQ(template_formatter(std::string_view("a\0\xFF", 3), 0).fill_all("x"), std::string("a\0\xFF", 3));
}

TEST(template_formatter, says_where_a_template_is_wrong) {
  try {
    template_formatter("fine {name} {bro.ken}", 4);
    FAIL();
  } catch (const PromptError& error) {
    EXPECT_EQ(error.message_index(), 4u);
    EXPECT_EQ(error.column(), 13u);
    EXPECT_EQ(std::string(error.what()).find("bro"), std::string::npos);
  }
}

TEST(template_formatter, survives_every_prefix_and_every_changed_byte) {
  const std::string_view valid = "Hello {name}, {{literal}} and {name_2}!";
  const auto try_with = [](std::string_view text) {
    try {
      EXPECT_LE(template_formatter(text, 0).fill_all("").size(), text.size());
    } catch (const PromptError& error) {
      EXPECT_GE(error.column(), 1u);
      EXPECT_LE(error.column(), text.size());
    }
  };
  test::for_each_prefix(valid, try_with);
  test::for_each_changed_byte(valid, try_with);
}

}  // namespace
}  // namespace corochain::codec::template_formatter_test
