// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

namespace corochain::detail {

/// Appends `text` as a JSON string with its quotes. Bytes above 127 are passed on as they are: who must have valid
/// UTF-8 checks it before.
void append_json_string(std::string& out, std::string_view text);
/// The same for foreign text that may be anything: what is not UTF-8 becomes U+FFFD.
void append_json_report_string(std::string& out, std::string_view text);
/// Appends the fewest digits that read back as the same double; `null` for NaN and infinities, which JSON has not.
void append_json_number(std::string& out, double value);

}  // namespace corochain::detail
