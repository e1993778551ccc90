// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/retry_after.hpp"

#include <gtest/gtest.h>

#include "support/broken_input.hpp"

namespace corochain::codec::retry_after_test {
namespace {

using namespace std::chrono;
using duration = steady_clock::duration;

constexpr system_clock::time_point now = sys_days(2025y / January / 15) + 12h;

std::optional<duration> in_seconds(std::string_view text) {
  header_fields headers;
  headers.add("Retry-After", text);
  return retry_after(headers, now);
}

std::optional<duration> in_milliseconds(std::string_view text) {
  header_fields headers;
  headers.add("retry-after-ms", text);
  return retry_after(headers, now);
}

TEST(retry_after, reads_seconds_milliseconds_and_dates) {
  EXPECT_EQ(retry_after({}, now), std::nullopt);
  EXPECT_EQ(in_seconds("6"), 6s);
  EXPECT_EQ(in_seconds(" 6 "), 6s);
  EXPECT_EQ(in_seconds("0"), std::nullopt);  // a wait of zero is no advice
  EXPECT_EQ(in_milliseconds("0.0"), std::nullopt);
  EXPECT_EQ(in_seconds("0.5"), 500ms);
  EXPECT_EQ(in_seconds("1."), 1s);
  EXPECT_EQ(in_seconds("0." + std::string(400, '0') + "1"), std::nullopt);  // too near to zero
  EXPECT_EQ(in_seconds("."), std::nullopt);
  EXPECT_EQ(in_seconds("1.2.3"), std::nullopt);
  EXPECT_EQ(in_milliseconds("1500"), 1500ms);
  EXPECT_EQ(in_milliseconds("0.25"), 250us);
  EXPECT_EQ(in_seconds("Wed, 15 Jan 2025 12:00:30 GMT"), 30s);
  EXPECT_EQ(in_seconds("Wed, 15 Jan 2025 12:00:00 GMT"), std::nullopt);
}

TEST(retry_after, prefers_milliseconds_unless_they_are_garbage) {
  header_fields headers;
  headers.add("retry-after", "7");
  headers.add("retry-after-ms", "100");
  EXPECT_EQ(retry_after(headers, now), 100ms);
  header_fields garbage;
  garbage.add("retry-after-ms", "soon");
  garbage.add("retry-after", "7");
  EXPECT_EQ(retry_after(garbage, now), 7s);
}

TEST(retry_after, passes_over_garbage) {
  for (std::string_view text : {"", "-1", "-0", "+1", "nan", "NaN", "inf", "infinity", "soon", "1s", "0x10",
                                "1,5", ".", "1.2.3", "1 2", "1e3", "Wed, 15 Jan 2025 11:59:59 GMT"}) {
    EXPECT_EQ(in_seconds(text), std::nullopt) << text;
    EXPECT_EQ(in_milliseconds(text), std::nullopt) << text;
  }
}

TEST(retry_after, clamps_what_is_too_large) {
  const std::string huge(400, '9');
  for (const std::string& text : {std::string("9223372037"), std::string("99999999999999999999"), huge})
    EXPECT_EQ(in_seconds(text), duration::max()) << text;
  EXPECT_EQ(in_milliseconds(huge), duration::max());
  EXPECT_GT(in_seconds("Fri, 31 Dec 9999 23:59:59 GMT").value(), hours(24 * 365 * 100));
  EXPECT_GT(in_seconds("4000000000").value(), hours(24 * 365 * 100));

  header_fields headers;
  headers.add("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(retry_after(headers, system_clock::time_point::min()), duration::max());
  EXPECT_EQ(retry_after(headers, system_clock::time_point::max()), std::nullopt);
}

/// Returns the wait for the headers of a quota, given as "name: value" pairs.
std::optional<duration> quota(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  header_fields headers;
  for (const auto& [name, value] : fields) headers.add("x-ratelimit-" + std::string(name), value);
  return retry_after(headers, now);
}

TEST(retry_after, an_advice_of_nothing_leads_to_the_next_source) {
  header_fields headers;
  headers.add("retry-after-ms", "0");
  headers.add("x-ms-retry-after-ms", "250");
  headers.add("retry-after", "7");
  EXPECT_EQ(retry_after(headers, now), 250ms);
  header_fields seconds_only;
  seconds_only.add("x-ms-retry-after-ms", "-1");
  seconds_only.add("retry-after", "7");
  EXPECT_EQ(retry_after(seconds_only, now), 7s);
  header_fields quota_only;
  quota_only.add("retry-after", "0");
  quota_only.add("x-ratelimit-remaining-requests", "0");
  quota_only.add("x-ratelimit-reset-requests", "1.5s");
  EXPECT_EQ(retry_after(quota_only, now), 1500ms);
}

TEST(retry_after, waits_until_a_quota_that_is_used_up_is_full_again) {
  const auto reset = [](std::string_view text) {
    return quota({{"remaining-requests", "0"}, {"reset-requests", text}});
  };
  EXPECT_EQ(reset("20ms"), 20ms);
  EXPECT_EQ(reset("1.5s"), 1500ms);
  EXPECT_EQ(reset("1m"), 8s);  // the maximum
  EXPECT_EQ(reset("6m0s"), 8s);
  EXPECT_EQ(reset("0h0m3s"), 3s);
  EXPECT_EQ(reset("1s20ms"), 1020ms);
  EXPECT_EQ(reset("2"), 2s);
  EXPECT_EQ(reset("0.25"), 250ms);
  for (std::string_view text : {"", "0", "0s", "soon", "-1s", "1x", "s", "1s2", "1 s", "nan"})
    EXPECT_EQ(reset(text), std::nullopt) << text;
  EXPECT_EQ(quota({{"remaining-requests", "1"}, {"reset-requests", "5s"}}), std::nullopt);
  EXPECT_EQ(quota({{"reset-requests", "5s"}}), std::nullopt);
  EXPECT_EQ(quota({{"remaining-tokens-minute", "0"}, {"reset-tokens-minute", "5"}}), 5s);
  EXPECT_EQ(
      quota({{"remaining-project-tokens", "0"}, {"reset-project-tokens", "3s"}, {"reset-requests", "7s"}}),
      3s);
  EXPECT_EQ(quota({{"remaining-tokens", "0"},
                   {"reset-tokens", "2s"},
                   {"remaining-requests", "5"},
                   {"reset-requests", "7s"}}),
            2s);
  EXPECT_EQ(quota({{"remaining-tokens", "0"},
                   {"reset-tokens", "2s"},
                   {"remaining-requests", "0"},
                   {"reset-requests", "4s"}}),
            4s);
}

TEST(retry_after, survives_every_prefix_and_every_changed_byte) {
  for (const std::string_view valid :
       {"1500.25", "Wed, 15 Jan 2025 12:00:30 GMT", "Wednesday, 15-Jan-25 12:00:30 GMT"}) {
    const auto try_with = [](std::string_view text) {
      EXPECT_GE(in_seconds(text).value_or(0s), 0s) << text;
      EXPECT_GE(in_milliseconds(text).value_or(0s), 0s) << text;
    };
    test::for_each_prefix(valid, try_with);
    test::for_each_changed_byte(valid, try_with);
  }
}

}  // namespace
}  // namespace corochain::codec::retry_after_test
