// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/secret_mask.hpp"

#include <charconv>

// The text may be plain, JSON, or JSON that was cut off, so each place where the secret could begin is
// compared in both ways.
namespace corochain::codec {
namespace {

/// If a text ends with this many bytes of a secret or more, they are taken for its beginning. Fewer bytes at
/// the end occur by chance too often.
constexpr std::size_t shortest_beginning = 4;

/// The first byte that a JSON text stands for, unescaped, and the number of bytes it is written with. Bytes
/// that are no escape of an ASCII character stand for themselves.
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

/// Returns how many bytes at the start of `text` write `secret`, or its beginning if the text ends there; 0
/// if none do.
std::size_t length_of(std::string_view text, std::string_view secret, bool in_json) noexcept {
  const std::size_t size = text.size();
  for (std::size_t i = 0; i < secret.size(); ++i) {
    if (text.empty()) return i >= shortest_beginning ? size : 0;
    const json_byte next = in_json ? json_byte(text) : json_byte(text.substr(0, 1));
    if (next.value != secret[i]) return 0;
    text.remove_prefix(next.size);
  }
  return size - text.size();
}

}  // namespace

/// Servers may escape any character in JSON, so each way of writing the secret is compared.
std::string masked(std::string_view text, const Secret& secret) {
  const std::string_view hidden = secret.reveal();
  if (hidden.size() < shortest_masked_secret) return std::string(text);
  std::string made;
  made.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = 0;
    // Only such a byte can be the beginning: the secret's own first byte, or an escape of it.
    if (text.front() == hidden.front() || text.front() == '\\') {
      length = length_of(text, hidden, false);
      if (length == 0) length = length_of(text, hidden, true);
    }
    if (length > 0)
      made.append("***");
    else
      made.push_back(text[length++]);
    text.remove_prefix(length);
  }
  return made;
}

}  // namespace corochain::codec
