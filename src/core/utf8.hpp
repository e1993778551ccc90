// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Text from outside may hold any bytes: prompts from files, error texts from servers. JSON must be UTF-8 (RFC
// 8259, section 8.1), so both directions are checked with these functions.
namespace corochain::detail {

/// The offset of the first byte of the first character that is not well-formed UTF-8 (RFC 3629: no
/// surrogates, no overlong forms, nothing above U+10FFFF). Empty if all of the text is well-formed.
std::optional<std::size_t> invalid_utf8_at(std::string_view text) noexcept;

/// At most `limit` bytes from the start of `text`, cut between characters. U+FFFD replaces bytes that are not
/// UTF-8, so a log or a JSON report may hold the excerpt unchanged.
std::string utf8_excerpt(std::string_view text, std::size_t limit);

}  // namespace corochain::detail
