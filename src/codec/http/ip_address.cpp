// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/ip_address.hpp"

#include <cstddef>

#include "codec/ascii.hpp"

namespace corochain::codec {
namespace {

/// Removes a decimal number up to 255 without leading zeros from the front.
bool take_octet(std::string_view& text) noexcept {
  int value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_ascii_digit(text[digits]); ++digits) {
    value = value * 10 + (text[digits] - '0');
    if (value > 255) return false;
  }
  if (digits == 0 || (digits > 1 && text.front() == '0')) return false;
  text.remove_prefix(digits);
  return true;
}

}  // namespace

bool is_ipv4_address(std::string_view text) noexcept {
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0) {
      if (text.empty() || text.front() != '.') return false;
      text.remove_prefix(1);
    }
    if (!take_octet(text)) return false;
  }
  return text.empty();
}

bool is_ipv6_address(std::string_view text) noexcept {
  int groups = 0;  // of 16 bits
  bool elided = false;
  if (text.starts_with("::")) {
    elided = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    std::size_t digits = 0;
    while (digits < text.size() && digits < 5 && is_ascii_hex_digit(text[digits])) ++digits;
    // The last 32 bits may be written as an IPv4 address.
    if (digits < text.size() && text[digits] == '.') {
      groups += 2;
      return is_ipv4_address(text) && (elided ? groups < 8 : groups == 8);
    }
    if (digits == 0 || digits > 4 || ++groups > 8) return false;
    text.remove_prefix(digits);
    if (text.empty()) break;
    if (text.starts_with("::")) {
      if (elided) return false;
      elided = true;
      text.remove_prefix(2);
    } else if (text.front() == ':') {
      text.remove_prefix(1);
      if (text.empty()) return false;
    } else {
      return false;
    }
  }
  return elided ? groups < 8 : groups == 8;
}

}  // namespace corochain::codec
