// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

// Dates of `retry-after`, for `retry/retry_after`.
namespace corochain::codec {

/// Reads the three forms of RFC 9110 section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`, the obsolete
/// `Sunday, 06-Nov-94 08:49:37 GMT`, and asctime's `Sun Nov  6 08:49:37 1994`. Strict, except that the name
/// of the day is not compared with the date. `now` decides the century of a two-digit year. Dates that the
/// clock cannot express become its first or last moment.
///
/// `strptime` is not used: it reads names of days and months in the locale of the process.
std::optional<std::chrono::system_clock::time_point> parse_http_date(
    std::string_view text, std::chrono::system_clock::time_point now);

}  // namespace corochain::codec
