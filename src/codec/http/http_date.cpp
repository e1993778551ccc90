// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/http_date.hpp"

#include <array>

#include "codec/ascii.hpp"

// The three forms share one reader, which follows a pattern. The form that two-digit years need comes last:
// servers have not sent it for decades.
namespace corochain::codec {
namespace {

using clock = std::chrono::system_clock;

constexpr std::array<std::string_view, 7> days = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> long_days = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                       "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads from the front of a text. After the first mismatch, everything else fails as well.
class scanner {
 public:
  explicit scanner(std::string_view text) : rest_(text) {}

  /// Reads exactly this text.
  void literal(std::string_view expected) {
    if (!rest_.starts_with(expected)) return fail();
    rest_.remove_prefix(expected.size());
  }
  /// Reads exactly `digits` decimal digits.
  unsigned number(std::size_t digits) {
    unsigned value = 0;
    if (rest_.size() < digits) return fail(), 0;
    for (char c : rest_.substr(0, digits)) {
      if (!is_ascii_digit(c)) return fail(), 0;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  /// Reads the day, which asctime pads with a space.
  unsigned padded_day() {
    if (!rest_.starts_with(' ')) return number(2);
    literal(" ");
    return number(1);
  }
  /// Returns the index of the word that the text begins with.
  template <std::size_t N>
  unsigned one_of(const std::array<std::string_view, N>& words) {
    for (unsigned i = 0; i < N; ++i)
      if (rest_.starts_with(words[i])) return rest_.remove_prefix(words[i].size()), i;
    return fail(), 0;
  }
  bool finished() const noexcept { return good_ && rest_.empty(); }

 private:
  void fail() noexcept {
    good_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool good_ = true;
};

/// A date as it was read. Months count from 1. The ranges are checked in `to_time_point`.
struct moment {
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

/// Reads a date by a pattern of literal characters and of the conversions of `strptime`. Unlike there, each
/// number has all of its digits.
std::optional<moment> read_date(std::string_view text, std::string_view pattern) {
  scanner in(text);
  moment m;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      in.literal(pattern.substr(i, 1));
      continue;
    }
    switch (pattern[++i]) {
      case 'a': in.one_of(days); break;
      case 'A': in.one_of(long_days); break;
      case 'b': m.month = in.one_of(months) + 1; break;
      case 'd': m.day = in.number(2); break;
      case 'e': m.day = in.padded_day(); break;
      case 'H': m.hour = in.number(2); break;
      case 'M': m.minute = in.number(2); break;
      case 'S': m.second = in.number(2); break;
      case 'y': m.year = in.number(2); break;
      case 'Y': m.year = in.number(4); break;
      default: break;  // the patterns above have no other
    }
  }
  return in.finished() ? std::optional(m) : std::nullopt;
}

/// Returns the full year of a two-digit one. RFC 9110 section 5.6.7: a year that seems more than 50 years
/// ahead is the last such year that has passed. "01" at the end of a century is in the next one.
unsigned full_year(unsigned two_digits, unsigned this_year) {
  const unsigned year = two_digits + this_year / 100 * 100;
  if (year > this_year + 50) return year - 100;
  return year + 50 < this_year ? year + 100 : year;
}

std::optional<clock::time_point> to_time_point(const moment& m) {
  using namespace std::chrono;
  const year_month_day date{year(static_cast<int>(m.year)), month(m.month), day(m.day)};
  // A second of 60 is a leap second.
  if (!date.ok() || m.hour > 23 || m.minute > 59 || m.second > 60) return std::nullopt;
  const sys_seconds seconds =
      sys_days(date) + hours(m.hour) + minutes(m.minute) + std::chrono::seconds(m.second);
  // A clock that counts nanoseconds in 64 bits ends in 2262, and began in 1677.
  if (seconds >= floor<std::chrono::seconds>(clock::time_point::max())) return clock::time_point::max();
  if (seconds <= ceil<std::chrono::seconds>(clock::time_point::min())) return clock::time_point::min();
  return clock::time_point(seconds);
}

}  // namespace

std::optional<clock::time_point> parse_http_date(std::string_view text, clock::time_point now) {
  for (const std::string_view pattern : {"%a, %d %b %Y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"})
    if (const auto date = read_date(text, pattern)) return to_time_point(*date);
  auto date = read_date(text, "%A, %d-%b-%y %H:%M:%S GMT");
  if (!date) return std::nullopt;
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  date->year = full_year(date->year, static_cast<unsigned>(static_cast<int>(today.year())));
  return to_time_point(*date);
}

}  // namespace corochain::codec
