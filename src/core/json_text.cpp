// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "core/json_text.hpp"

#include <charconv>
#include <cmath>

#include "core/json_scan.hpp"
#include "core/utf8.hpp"

namespace corochain::detail {

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out.push_back('"');
  // The start of the bytes that need no escape. They are appended together.
  std::size_t plain = 0;
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    i = static_cast<std::size_t>(skip_plain_text<false>(text.data() + i, end) - text.data());
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
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

void append_json_report_string(std::string& out, std::string_view text) {
  if (invalid_utf8_at(text))
    append_json_string(out, utf8_excerpt(text, std::string_view::npos));
  else
    append_json_string(out, text);
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end.ptr);
}

}  // namespace corochain::detail
