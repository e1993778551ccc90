// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The advised wait, and HTTP's dates: never negative, never undefined, and a date says the same when it is
// written.
#include "codec/retry/retry_after.hpp"

#include <ctime>

#include "codec/http/http_date.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

using clock = std::chrono::system_clock;

/// A date of the usual form, written again by the C library.
void check_date(std::string_view text, clock::time_point now) {
  const auto date = codec::parse_http_date(text, now);
  constexpr std::size_t usual = 29;  // Sun, 06 Nov 1994 08:49:37 GMT
  if (!date || text.size() != usual || text[3] != ',') return;
  if (*date == clock::time_point::max() || *date == clock::time_point::min()) return;
  if (text.substr(23, 2) == "60") return;  // a leap second is written as the next one
  const std::time_t seconds = clock::to_time_t(*date);
  std::tm parts{};
  require(::gmtime_r(&seconds, &parts) != nullptr, "the date is one");
  char again[40];
  const std::size_t size = std::strftime(again, sizeof again, "%d %b %Y %H:%M:%S GMT", &parts);
  require(std::string_view(again, size) == text.substr(5), "written again it is the same");
}

}  // namespace

/// The moment of now, retry-after-ms, retry-after.
void one_input(std::string_view input) {
  const auto part = fields(input, 3, 3);
  std::int64_t ticks = 0;
  part[0].copy(reinterpret_cast<char*>(&ticks), sizeof ticks);
  const clock::time_point now{clock::duration(ticks)};
  codec::header_fields headers;
  if (!part[1].empty()) headers.add("retry-after-ms", part[1]);
  headers.add("Retry-After", part[2]);
  const auto wait = codec::retry_after(headers, now);
  require(!wait || wait->count() >= 0, "no wait is negative");
  check_date(part[2], now);
}

}  // namespace corochain::fuzz
