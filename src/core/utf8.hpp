// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace corochain::detail {

/// The offset of the first byte that does not belong to well-formed UTF-8 (RFC 3629: no surrogates, no
/// overlong forms, nothing above U+10FFFF), which is the first byte of the offending character; nothing when
/// all is well.
std::optional<std::size_t> invalid_utf8_at(std::string_view text) noexcept;

/// At most `limit` bytes from the start of `text`, cut between characters, with U+FFFD in the place of what
/// is not UTF-8: an excerpt of foreign bytes that may be put into a log or a JSON report as it is.
std::string utf8_excerpt(std::string_view text, std::size_t limit);

}  // namespace corochain::detail
