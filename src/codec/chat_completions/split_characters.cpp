// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/split_characters.hpp"

#include <cstddef>
#include <utility>

// A half is three bytes from 0xED on, a form that UTF-8 forbids. So it cannot be taken for anything else, and
// text without 0xED is never touched.
namespace corochain::codec {
namespace {

/// The bytes of a half.
constexpr std::size_t half_size = 3;

/// Returns the UTF-16 unit at `at` if it is a half that is written in three bytes, else 0.
unsigned half_at(const std::string& text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  if (text.size() - at < half_size || byte(at) != 0xED || byte(at + 1) < 0xA0) return 0;
  return 0xD000 | (byte(at + 1) & 0x3F) << 6 | (byte(at + 2) & 0x3F);
}
bool is_first(unsigned half) noexcept { return half >= 0xD800 && half <= 0xDBFF; }
bool is_second(unsigned half) noexcept { return half >= 0xDC00 && half <= 0xDFFF; }

}  // namespace

void split_characters::join(std::string& piece, bool last) {
  if (half_.empty() && piece.find('\xED') == std::string::npos) return;
  if (piece.empty() && !last) return;
  // Rare: a copy of the piece is fine here.
  const std::string text = std::exchange(half_, std::string()) + piece;
  piece.clear();
  std::size_t at = 0;
  while (at < text.size()) {
    const unsigned half = half_at(text, at);
    if (half == 0) {
      piece += text[at++];
      continue;
    }
    const std::size_t next = at + half_size;
    const unsigned other = is_first(half) && next < text.size() ? half_at(text, next) : 0;
    if (is_second(other)) {
      const unsigned code = 0x10000 + ((half - 0xD800) << 10 | (other - 0xDC00));
      piece += static_cast<char>(0xF0 | code >> 18);
      piece += static_cast<char>(0x80 | (code >> 12 & 0x3F));
      piece += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      piece += static_cast<char>(0x80 | (code & 0x3F));
      at = next + half_size;
      continue;
    }
    // It waits for the next piece; any other half is alone for good.
    if (is_first(half) && next == text.size() && !last)
      half_ = text.substr(at);
    else
      piece += "\xEF\xBF\xBD";
    at = next;
  }
}

}  // namespace corochain::codec
