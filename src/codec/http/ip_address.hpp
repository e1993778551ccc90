// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string_view>

namespace corochain::codec {

/// Four decimal numbers up to 255 without leading zeros, which some readers take for octal.
bool is_ipv4_address(std::string_view text) noexcept;
/// RFC 4291 section 2.2, without brackets and without a zone.
bool is_ipv6_address(std::string_view text) noexcept;

}  // namespace corochain::codec
