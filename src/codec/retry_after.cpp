// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry_after.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

#include "codec/ascii.hpp"
#include "codec/http_date.hpp"

namespace corochain::codec {
namespace {

using duration = std::chrono::steady_clock::duration;

/// A number of `unit`s as plain decimal digits with an optional fraction: no sign, exponent, hexadecimal or
/// "inf".
std::optional<duration> read_number(std::string_view text, std::chrono::duration<double> unit) {
  for (char c : text)
    if (!is_ascii_digit(c) && c != '.') return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return duration::max();
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  const std::chrono::duration<double, duration::period> ticks = value * unit;
  // A double this large may not be converted; comparing with the maximum as a double would round it up.
  if (ticks.count() >= 0x1p62) return duration::max();
  return std::chrono::ceil<duration>(ticks);
}

}  // namespace

std::optional<duration> retry_after(const header_fields& headers, std::chrono::system_clock::time_point now) {
  using namespace std::chrono;
  if (const auto text = headers.find("retry-after-ms"))
    if (const auto wait = read_number(*text, milliseconds(1))) return wait;
  const auto text = headers.find("retry-after");
  if (!text) return std::nullopt;
  if (const auto wait = read_number(*text, seconds(1))) return wait;
  const auto date = parse_http_date(*text, now);
  if (!date || *date < now) return std::nullopt;
  // The difference of two moments may not fit where one of them is before 1970.
  if (now < system_clock::time_point() && *date > system_clock::time_point::max() + now.time_since_epoch())
    return duration::max();
  const auto wait = *date - now;
  // The clocks may count in different units.
  if (duration_cast<seconds>(wait) >= duration_cast<seconds>(duration::max())) return duration::max();
  return duration_cast<duration>(wait);
}

}  // namespace corochain::codec
