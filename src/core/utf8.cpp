// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "core/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

// Checks text before it is sent, since services refuse a request with one invalid byte, and text from outside
// before it is put into a report.
namespace corochain::detail {
namespace {

// Set in no byte of ASCII text.
constexpr std::uint64_t high_bits = 0x8080808080808080u;

/// The number of bytes of the well-formed character at `at`, 0 if there is none. The bounds of the second
/// byte are those of table 3-7 of the Unicode Standard. They alone exclude surrogates, overlong forms and too
/// large code points.
std::size_t character_size(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t size = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3;
    // Below are overlong forms; from ED A0 on, surrogates.
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4;
    // Below are overlong forms; from F4 90 on, code points above U+10FFFF.
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  // A character that the end of the text cuts off is not well-formed, either.
  if (text.size() - at < size) return 0;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return size;
}

}  // namespace

/// Two loops: one for ranges of ASCII, one for the block with other characters in which the first one stops.
std::optional<std::size_t> invalid_utf8_at(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    // Most text is ASCII over long ranges, so this loop checks eight bytes at a time.
    while (text.size() - at >= sizeof(std::uint64_t)) {
      std::uint64_t eight;
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if (eight & high_bits) break;
      at += sizeof eight;
    }
    // Continue to the end of the block that the loop above stopped at, so that the block is not checked again
    // for every byte.
    const std::size_t stop = std::min(text.size(), at + sizeof(std::uint64_t));
    while (at < stop) {
      const std::size_t size = character_size(text, at);
      if (size == 0) return at;
      at += size;
    }
  }
  return std::nullopt;
}

/// The first test spares the usual case, a short and valid text, the work byte by byte.
std::string utf8_excerpt(std::string_view text, std::size_t limit) {
  static constexpr std::string_view replacement = "\xEF\xBF\xBD";
  if (text.size() <= limit && !invalid_utf8_at(text)) return std::string(text);
  std::string out;
  out.reserve(std::min(text.size(), limit));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_size(text, at);
    const std::string_view piece = size == 0 ? replacement : text.substr(at, size);
    // Half a character would be invalid UTF-8 again, so the excerpt rather ends before it.
    if (piece.size() > limit - out.size()) break;
    out.append(piece);
    // A bad byte is skipped alone: the next one may begin a good character.
    at += size == 0 ? 1 : size;
  }
  return out;
}

}  // namespace corochain::detail
