// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/http_date.hpp"

#include <gtest/gtest.h>

#include "support/broken_input.hpp"

namespace corochain::codec::http_date_test {
namespace {

using namespace std::chrono;

constexpr system_clock::time_point at(sys_days day, seconds time = seconds(0)) { return day + time; }
constexpr auto now = at(2025y / January / 15);

std::optional<system_clock::time_point> parse(std::string_view text) { return parse_http_date(text, now); }

TEST(http_date, reads_all_three_forms) {
  const auto expected = at(1994y / November / 6, 8h + 49min + 37s);
  EXPECT_EQ(parse("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
  EXPECT_EQ(parse("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
  EXPECT_EQ(parse("Sun Nov  6 08:49:37 1994"), expected);
  EXPECT_EQ(parse("Wed Nov 16 08:49:37 1994"), at(1994y / November / 16, 8h + 49min + 37s));
}

TEST(http_date, finds_the_century_of_two_digits) {
  EXPECT_EQ(parse("Sunday, 06-Nov-26 00:00:00 GMT"), at(2026y / November / 6));
  EXPECT_EQ(parse("Sunday, 06-Nov-75 00:00:00 GMT"), at(2075y / November / 6));
  EXPECT_EQ(parse("Sunday, 06-Nov-76 00:00:00 GMT"), at(1976y / November / 6));
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-01 00:00:00 GMT", at(2099y / June / 1)),
            at(2101y / November / 6));
}

TEST(http_date, knows_the_calendar) {
  EXPECT_EQ(parse("Thu, 29 Feb 2024 23:59:60 GMT"), at(2024y / March / 1));
  EXPECT_EQ(parse("Wed, 29 Feb 2023 00:00:00 GMT"), std::nullopt);
  EXPECT_EQ(parse("Mon, 31 Apr 2024 00:00:00 GMT"), std::nullopt);
  EXPECT_EQ(parse("Mon, 00 Apr 2024 00:00:00 GMT"), std::nullopt);
  EXPECT_EQ(parse("Mon, 01 Apr 2024 24:00:00 GMT"), std::nullopt);
  EXPECT_EQ(parse("Mon, 01 Apr 2024 00:60:00 GMT"), std::nullopt);
  EXPECT_EQ(parse("Mon, 01 Apr 2024 00:00:61 GMT"), std::nullopt);
}

TEST(http_date, is_strict) {
  for (std::string_view text :
       {"", "6", "06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000", "sun, 06 nov 1994 08:49:37 gmt", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT"})
    EXPECT_EQ(parse(text), std::nullopt) << text;
}

TEST(http_date, clamps_what_the_clock_cannot_express) {
  EXPECT_GT(parse("Fri, 31 Dec 9999 23:59:59 GMT").value(), at(2261y / January / 1));
  EXPECT_LT(parse("Sat, 01 Jan 0000 00:00:00 GMT").value(), at(1678y / January / 1));
}

TEST(http_date, survives_every_prefix_and_every_changed_byte) {
  for (std::string_view valid :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    test::for_each_prefix(valid, [](std::string_view text) { EXPECT_EQ(parse(text), std::nullopt) << text; });
    test::for_each_changed_byte(valid, [](std::string_view text) { parse(text); });
  }
}

}  // namespace
}  // namespace corochain::codec::http_date_test
