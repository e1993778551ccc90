// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string_view>

// Numbers of JSON (`json_events`) and of header fields (`retry/retry_after`).
namespace corochain::codec {

/// Returns the double that is nearest to a decimal number, in any locale. A number that is too large becomes
/// an infinity, one that is too near to zero becomes a zero.
///
/// `text` is a number as JSON writes it. It may also begin or end with its point. The caller has checked
/// that.
double decimal_number(std::string_view text);

/// The same for standard libraries without `std::from_chars` of a double, such as libc++ before version 20.
double decimal_number_by_strtod(std::string_view text);

}  // namespace corochain::codec
