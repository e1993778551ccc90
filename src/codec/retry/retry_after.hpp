// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <optional>

#include "codec/http/header_fields.hpp"

// The server's advice on when to come back. `models/call_attempt` and `models/token_endpoint` give it to
// `decide_retry` and to the `admission_pacer`.
namespace corochain::codec {

/// Returns the wait that the server advises: `retry-after-ms` or `x-ms-retry-after-ms` (milliseconds, may be
/// fractional), else `retry-after` in seconds, else `retry-after` as a date, else the longest
/// `x-ratelimit-reset-*` of the quotas that `x-ratelimit-remaining-*` reports as used up, at most 8 s. A
/// value that is zero, negative, garbage, NaN or infinite is ignored. A value that is too large for the
/// duration becomes its maximum.
std::optional<std::chrono::steady_clock::duration> retry_after(const header_fields& headers,
                                                               std::chrono::system_clock::time_point now);

}  // namespace corochain::codec
