// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/content_log.hpp"

#include <charconv>

#include "observability/log_line.hpp"

namespace corochain::models {
namespace {

/// The byte that a JSON text has at its front, unescaped, and how many bytes it is written with; what is no escape of an
/// ASCII character stands for itself.
struct json_byte {
  explicit json_byte(std::string_view text) noexcept : value(text.front()), size(1) {
    if (value != '\\' || text.size() < 2) return;
    static constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    if (const auto at = letters.find(text[1]); at != std::string_view::npos) {
      value = meant[at];
      size = 2;
    } else if (text[1] == 'u' && text.size() >= 6) {
      unsigned code = 0;
      const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
      if (error != std::errc() || end != text.data() + 6 || code > 0x7F) return;
      value = static_cast<char>(code);
      size = 6;
    }
  }
  char value;
  std::size_t size;
};

/// How many bytes of `text` write `secret`, which it may begin with; 0 when it does not.
std::size_t length_in_json(std::string_view text, std::string_view secret) noexcept {
  const std::size_t size = text.size();
  for (const char expected : secret) {
    if (text.empty()) return 0;
    const json_byte next(text);
    if (next.value != expected) return 0;
    text.remove_prefix(next.size);
  }
  return size - text.size();
}

}  // namespace

/// Servers escape in JSON whatever they like, so each way of writing it is one.
std::string masked(std::string_view text, const Secret& secret) {
  const std::string_view hidden = secret.reveal();
  if (hidden.empty()) return std::string(text);
  std::string made;
  made.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = text.starts_with(hidden) ? hidden.size() : length_in_json(text, hidden);
    if (length > 0)
      made.append("***");
    else
      made.push_back(text[length++]);
    text.remove_prefix(length);
  }
  return made;
}

void log_content(const char* event, const service_call& call, const Secret& token,
                 std::string_view body) noexcept {
  if (!detail::log_wants_contents()) return;
  try {
    const service_settings& settings = *call.settings;
    detail::log_line(LogLevel::debug, event)
        .add("endpoint", settings.to->name)
        .add("call", call.key)
        .add("size", static_cast<std::int64_t>(body.size()))
        .content(masked(body, settings.tokens ? token : settings.credential))
        .write();
  } catch (...) {  // a log must not end what it tells of
  }
}

}  // namespace corochain::models
