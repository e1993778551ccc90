// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string_view>

namespace corochain::codec {

/// Whether a text is four decimal numbers up to 255 without leading zeros, which some readers take for octal.
///
/// `inet_pton` is not used here: it reads a C string, for which a view would have to be copied.
bool is_ipv4_address(std::string_view text) noexcept;
/// Whether a text is an IPv6 address (RFC 4291 section 2.2), without brackets and without a zone.
bool is_ipv6_address(std::string_view text) noexcept;

}  // namespace corochain::codec
