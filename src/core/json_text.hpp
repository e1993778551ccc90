// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

// Writes the pieces of JSON that have rules of their own. Braces, commas and names are written by the
// callers, which know their form.
namespace corochain::detail {

/// Appends `text` as a JSON string with its quotes. Copies bytes above 127 unchanged: a caller that needs
/// valid UTF-8 checks the text first.
void append_json_string(std::string& out, std::string_view text);
/// The same for text from outside, which may hold any bytes. Bytes that are not UTF-8 become U+FFFD.
void append_json_report_string(std::string& out, std::string_view text);
/// Appends the fewest digits that read back as the same double. Appends `null` for NaN and infinities, which
/// JSON cannot express.
void append_json_number(std::string& out, double value);

}  // namespace corochain::detail
