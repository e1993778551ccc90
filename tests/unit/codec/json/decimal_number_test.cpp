// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/json/decimal_number.hpp"

#include <gtest/gtest.h>

#include <locale.h>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "support/broken_input.hpp"

#if defined(__APPLE__)
#include <xlocale.h>
#endif

namespace corochain::codec::decimal_number_test {
namespace {

using test::exact_copy;

/// Reads the text in both ways, which have to agree in every bit.
double read(std::string_view text) {
  const double value = decimal_number(exact_copy(text).view());
  EXPECT_EQ(std::bit_cast<std::uint64_t>(value),
            std::bit_cast<std::uint64_t>(decimal_number_by_strtod(exact_copy(text).view())))
      << text;
  return value;
}

TEST(decimal_number, reads_what_json_writes) {
  EXPECT_EQ(read("0"), 0.0);
  EXPECT_EQ(read("31"), 31.0);
  EXPECT_EQ(read("-0.5"), -0.5);
  EXPECT_EQ(read("1e3"), 1000.0);
  EXPECT_EQ(read("12.5E-1"), 1.25);
  EXPECT_EQ(read("1E+2"), 100.0);
  EXPECT_TRUE(std::signbit(read("-0.0")));
}

TEST(decimal_number, point_may_be_first_or_last) {
  EXPECT_EQ(read(".25"), 0.25);
  EXPECT_EQ(read("3."), 3.0);
}

TEST(decimal_number, rounds_to_the_nearest_double) {
  EXPECT_EQ(read("0.1"), 0.1);
  EXPECT_EQ(read("9007199254740993"), 9007199254740992.0);  // a tie goes to the even number
  EXPECT_EQ(read("9007199254740993.00000000000000000000000000000000000000000000000000001"),
            9007199254740994.0);
  EXPECT_EQ(read("2.2250738585072011e-308"), 2.2250738585072011e-308);
  EXPECT_EQ(read("1.7976931348623157e308"), std::numeric_limits<double>::max());
}

TEST(decimal_number, too_large_is_infinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(read("1e309"), infinity);
  EXPECT_EQ(read("-1.5e999"), -infinity);
  EXPECT_EQ(read("1e99999999999999999999"), infinity);
  EXPECT_EQ(read(std::string(5000, '9')), infinity);
}

TEST(decimal_number, too_near_to_zero_is_zero) {
  EXPECT_EQ(read("1e-400"), 0.0);
  EXPECT_EQ(read("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_TRUE(std::signbit(read("-1e-400")));
  EXPECT_EQ(read("5e-324"), std::numeric_limits<double>::denorm_min());
}

TEST(decimal_number, brings_back_any_double) {
  std::mt19937_64 random(20240229);
  for (int i = 0; i < 5000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    EXPECT_EQ(read({text, static_cast<std::size_t>(end - text)}), value);
  }
}

/// Sets the locale of the thread until it is destroyed. In some locales the decimal point is a comma.
class thread_locale {
 public:
  explicit thread_locale(const char* name) : made_(::newlocale(LC_ALL_MASK, name, locale_t())) {
    if (made_) before_ = ::uselocale(made_);
  }
  ~thread_locale() {
    if (!made_) return;
    ::uselocale(before_);
    ::freelocale(made_);
  }
  explicit operator bool() const { return made_ != locale_t(); }

 private:
  locale_t made_;
  locale_t before_{};
};

TEST(decimal_number, does_not_ask_the_locale) {
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "pl_PL.UTF-8", "C"}) {
    const thread_locale now(name);
    if (!now) continue;  // not installed here
    EXPECT_EQ(read("1.5"), 1.5) << name;
    EXPECT_TRUE(std::isinf(read("1.5e999"))) << name;
  }
}

}  // namespace
}  // namespace corochain::codec::decimal_number_test
