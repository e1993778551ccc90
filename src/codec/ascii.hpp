// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

// Character classes and comparisons for the protocols that are read here. The whole room and the transport
// use them; each is small enough to be inlined.
namespace corochain::codec {

/// The classes of <cctype> depend on the locale of the process. Bytes from the wire do not.
constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool is_ascii_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_alpha(char c) noexcept {
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'z';
}
constexpr bool is_ascii_hex_digit(char c) noexcept {
  const char lower = ascii_lower(c);
  return is_ascii_digit(c) || (lower >= 'a' && lower <= 'f');
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return x == y || ascii_lower(x) == ascii_lower(y);
         });
}

/// The names of fields, schemes and codings are ASCII, and may come in upper or lower case from servers and
/// from people.
constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view front) noexcept {
  return equal_ignoring_case(text.substr(0, front.size()), front);
}
constexpr bool ends_with_ignoring_case(std::string_view text, std::string_view back) noexcept {
  return text.size() >= back.size() && equal_ignoring_case(text.substr(text.size() - back.size()), back);
}
constexpr bool contains_ignoring_case(std::string_view text, std::string_view word) noexcept {
  const auto same = [](char a, char b) { return ascii_lower(a) == ascii_lower(b); };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

/// ASCII letters, digits and some more characters, as a table for long texts.
class character_set {
 public:
  /// `others` are the characters beside letters and digits.
  constexpr explicit character_set(std::string_view others) noexcept {
    for (int c = 0; c < 256; ++c)
      of_[static_cast<std::size_t>(c)] =
          is_ascii_alpha(static_cast<char>(c)) || is_ascii_digit(static_cast<char>(c));
    for (const char c : others) of_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool contains(char c) const noexcept { return of_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> of_{};
};

/// Returns the text without the spaces and tabs that RFC 9110 section 5.6.3 allows around a header's value.
constexpr std::string_view trim(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace corochain::codec
