// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/retry_after.hpp"

#include <algorithm>
#include <string_view>

#include "codec/ascii.hpp"
#include "codec/http/http_date.hpp"
#include "codec/json/decimal_number.hpp"

// The fields are read in the order of their precision. OpenAI sends `retry-after-ms` beside the rounded
// `retry-after`, Azure its `x-ms-` form, and a limit without either of them is told by `x-ratelimit-reset-*`.
namespace corochain::codec {
namespace {

using duration = std::chrono::steady_clock::duration;

/// Reads a number of `unit`s as plain decimal digits with an optional fraction: no sign, exponent,
/// hexadecimal or "inf".
std::optional<duration> read_number(std::string_view text, std::chrono::duration<double> unit) {
  const auto points = std::count(text.begin(), text.end(), '.');
  const auto digits = std::count_if(text.begin(), text.end(), is_ascii_digit);
  if (digits == 0 || points > 1 || static_cast<std::size_t>(digits + points) != text.size())
    return std::nullopt;
  // Rounded up: a caller that comes a nanosecond too early is refused again.
  const std::chrono::duration<double, duration::period> ticks = decimal_number(text) * unit;
  // A double this large must not be converted. Comparing with the maximum as a double would round it up.
  if (ticks.count() >= 0x1p62) return duration::max();
  return std::chrono::ceil<duration>(ticks);
}

/// A wait of zero is no advice.
std::optional<duration> advice(std::optional<duration> wait) {
  return wait && *wait > duration::zero() ? wait : std::nullopt;
}

/// The units of Go's `time.ParseDuration`. The micro sign is U+00B5.
struct go_unit {
  std::string_view name;
  std::chrono::duration<double> length;
};
constexpr go_unit go_units[] = {
    {"h", std::chrono::hours(1)},         {"m", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},       {"ms", std::chrono::milliseconds(1)},
    {"us", std::chrono::microseconds(1)}, {"\xC2\xB5s", std::chrono::microseconds(1)},
    {"ns", std::chrono::nanoseconds(1)},
};

/// Reads a duration as Go writes it, such as "20ms", "1.5s" or "6m0s", or a bare number of seconds.
std::optional<duration> read_duration(std::string_view text) {
  using namespace std::chrono;
  if (const auto plain = read_number(text, seconds(1))) return plain;
  duration sum{};
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view number = text.substr(0, digits);
    text.remove_prefix(digits);
    const std::size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    const std::string_view unit = text.substr(0, letters);
    text.remove_prefix(letters);
    const auto known = std::find_if(std::begin(go_units), std::end(go_units),
                                    [&](const auto& each) { return each.name == unit; });
    if (known == std::end(go_units)) return std::nullopt;
    const auto part = read_number(number, known->length);
    // A sum that overflows is garbage, like a unit that is not known.
    if (!part || *part > duration::max() - sum) return std::nullopt;
    sum += *part;
  }
  return sum;
}

/// Returns the time until all used-up quotas are full again. They may be refilled earlier, so the wait is
/// kept short. OpenAI and Azure OpenAI send a pair of fields for each quota: requests and tokens.
std::optional<duration> until_reset(const header_fields& headers) {
  constexpr std::chrono::seconds longest{8};
  std::optional<duration> wait;
  constexpr std::string_view remaining = "x-ratelimit-remaining-";
  for (const header_field& field : headers) {
    if (trim(field.value) != "0" || !starts_with_ignoring_case(field.name, remaining)) continue;
    const std::string reset = "x-ratelimit-reset-" + std::string(field.name.substr(remaining.size()));
    const auto text = headers.find(reset);
    if (!text) continue;
    const auto until = advice(read_duration(trim(*text)));
    if (until) wait = std::max(wait.value_or(duration::zero()), *until);
  }
  if (wait) wait = std::min<duration>(*wait, longest);
  return wait;
}

}  // namespace

std::optional<duration> retry_after(const header_fields& headers, std::chrono::system_clock::time_point now) {
  using namespace std::chrono;
  for (const std::string_view name : {"retry-after-ms", "x-ms-retry-after-ms"})
    if (const auto text = headers.find(name))
      if (const auto wait = advice(read_number(*text, milliseconds(1)))) return wait;
  const auto text = headers.find("retry-after");
  if (!text) return until_reset(headers);
  if (const auto wait = advice(read_number(*text, seconds(1)))) return wait;
  // A date in the past is no advice: the clocks of the machines may differ.
  const auto date = parse_http_date(*text, now);
  if (!date || *date <= now) return until_reset(headers);
  // The difference of two times may not fit if one of them is before 1970.
  if (now < system_clock::time_point() && *date > system_clock::time_point::max() + now.time_since_epoch())
    return duration::max();
  const auto wait = *date - now;
  // The clocks may count in different units.
  if (duration_cast<seconds>(wait) >= duration_cast<seconds>(duration::max())) return duration::max();
  return duration_cast<duration>(wait);
}

}  // namespace corochain::codec
