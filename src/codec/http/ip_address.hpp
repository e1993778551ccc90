// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

// IP addresses in URLs (`url`) and in NO_PROXY (`proxy_settings`).
namespace corochain::codec {

/// The bytes of an IP address, in network order.
struct ip_address {
  std::array<unsigned char, 16> bytes{};
  /// 32 for IPv4, 128 for IPv6, 0 for a text that is no address.
  std::size_t bits = 0;
};

/// Reads four decimal numbers up to 255 without leading zeros, which some readers take for octal, or an IPv6
/// address (RFC 4291 section 2.2) without brackets and without a zone.
ip_address read_ip_address(std::string_view text);

}  // namespace corochain::codec
