// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

// Embeddings come as base64 (`embeddings/embedding_reader`), and proxy credentials go as base64
// (`proxy_settings`).
namespace corochain::codec {

/// Encodes as RFC 4648 section 4 says, with padding.
///
/// OpenSSL's EVP is not used: only transport includes OpenSSL, and credentials pass only through memory that
/// their owner wipes.
std::string encode_base64(std::string_view bytes);
/// Decodes strictly: only the standard alphabet, padding present, unused bits zero. Returns false for other
/// texts; `out` then holds anything. The memory of `out` is used again, because an answer has many vectors of
/// the same size.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace corochain::codec
