// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "core/json_text.hpp"

#include <charconv>
#include <cmath>

#include "core/json_scan.hpp"
#include "core/utf8.hpp"

// The JSON that the library writes: requests in codec, reports in observability, Dicts in prompts. The
// functions append to a text of the caller, so a request of many messages is built in one buffer without
// values in between.
namespace corochain::detail {

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out.push_back('"');
  // The start of the bytes that need no escape. They are appended together.
  std::size_t plain = 0;
  const char* const end = text.data() + text.size();
  // The scan stops a little early at times, so a byte that needs no escape is skipped here.
  for (std::size_t i = 0; i < text.size(); ++i) {
    i = static_cast<std::size_t>(skip_plain_text<false>(text.data() + i, end) - text.data());
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    // RFC 8259, section 7: quote, backslash and the control characters are escaped, and nothing else must be.
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default:
        out.append("\\u00");
        out.push_back(hex[c >> 4]);
        out.push_back(hex[c & 15]);
    }
  }
  out.append(text, plain, text.size() - plain);
  out.push_back('"');
}

/// A report is read by other programs, and many JSON readers refuse a whole document for one bad byte.
void append_json_report_string(std::string& out, std::string_view text) {
  if (invalid_utf8_at(text))
    append_json_string(out, utf8_excerpt(text, std::string_view::npos));
  else
    append_json_string(out, text);
}

/// Digits of `std::to_chars`, whose decimal point does not depend on the locale.
void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  // The longest double has 24 characters: sign, 17 digits, point, and an exponent of 5.
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end.ptr);
}

}  // namespace corochain::detail
