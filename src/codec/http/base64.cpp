// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

// Decoding is on the way of each embedding: a vector of 1536 floats is 8 KB of text. So a group of four
// digits is looked up and checked as one number.
namespace corochain::codec {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Marks characters outside of the alphabet. A digit is below 64, so the highest bit tells them apart.
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  for (auto& digit : digits) digit = no_digit;
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return digits;
}
constexpr auto digit_values = make_digits();

/// Returns four digits as 24 bits, or at least 2^24 if one of them is no digit.
std::uint32_t group_at(const char* text) {
  const auto digit = [text](std::size_t i) {
    return std::uint32_t{digit_values[static_cast<unsigned char>(text[i])]};
  };
  const std::uint32_t a = digit(0), b = digit(1), c = digit(2), d = digit(3);
  // Only `no_digit` has that bit.
  const std::uint32_t wrong = ((a | b | c | d) & 0x80) << 24;
  return wrong | a << 18 | b << 12 | c << 6 | d;
}

/// Four digits of six bits are below it.
constexpr std::uint32_t group_end = 1u << 24;

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += k <= count ? alphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

bool decode_base64(std::string_view text, std::string& out) {
  out.clear();
  if (text.size() % 4 != 0) return false;
  if (text.empty()) return true;
  out.resize(text.size() / 4 * 3);
  char* to = out.data();
  const auto put = [&to](std::uint32_t group, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) *to++ = static_cast<char>(group >> (16 - 8 * k) & 0xFF);
  };
  const char* from = text.data();
  for (const char* const last = from + text.size() - 4; from != last; from += 4) {
    const std::uint32_t group = group_at(from);
    if (group >= group_end) return false;
    put(group, 3);
  }
  // The last group may be padded. "=" stands for the digits that would be zero, which "A" writes.
  std::size_t count = 3;
  if (from[3] == '=') count = from[2] == '=' ? 1 : 2;
  const char padded[4] = {from[0], from[1], count > 1 ? from[2] : 'A', count > 2 ? from[3] : 'A'};
  const std::uint32_t group = group_at(padded);
  if (group >= group_end) return false;
  // RFC 4648 section 3.5: bits that belong to no byte have to be zero. Otherwise several texts would stand
  // for the same bytes.
  const std::uint32_t unused = count == 3 ? 0 : group & (count == 2 ? 0xFFu : 0xFFFFu);
  if (unused != 0) return false;
  put(group, count);
  out.resize(out.size() - (3 - count));
  return true;
}

}  // namespace corochain::codec
