// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/http/base64.hpp"

namespace corochain::test {

/// Returns the bytes of a base64 text, or nothing for other texts.
inline std::optional<std::string> decoded_base64(std::string_view text) {
  std::string bytes;
  if (!codec::decode_base64(text, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace corochain::test
