// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <optional>

#include "codec/http/header_fields.hpp"

namespace corochain::codec {

/// The wait that the server advises: `retry-after-ms` or `x-ms-retry-after-ms` (milliseconds, may be fractional), else
/// `retry-after` in seconds, else `retry-after` as a date, else the longest `x-ratelimit-reset-*` of what
/// `x-ratelimit-remaining-*` says is used up, at most 8 s. What is zero, negative, garbage, NaN or infinite is passed
/// over; what is too large for the duration becomes its maximum.
std::optional<std::chrono::steady_clock::duration> retry_after(const header_fields& headers,
                                                               std::chrono::system_clock::time_point now);

}  // namespace corochain::codec
