// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace corochain::codec {

/// Encodes as RFC 4648 section 4 says, with padding.
///
/// OpenSSL's EVP is not used: only transport includes OpenSSL, and credentials pass only through memory that
/// their owner wipes.
std::string encode_base64(std::string_view bytes);
/// Decodes strictly: only the standard alphabet, padding present, unused bits zero. Returns nothing for other
/// texts.
std::optional<std::string> decode_base64(std::string_view text);
/// Decodes into memory that is used again. Returns false for a text that is not base64; `out` then holds
/// anything.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace corochain::codec
