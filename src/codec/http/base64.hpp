// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace corochain::codec {

/// RFC 4648 section 4, with padding.
std::string encode_base64(std::string_view bytes);
/// Strict: the standard alphabet only, padding present, unused bits zero. Nothing for anything else.
std::optional<std::string> decode_base64(std::string_view text);
/// The same into memory that is used again: false, and `out` holds anything, for what is no base64.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace corochain::codec
