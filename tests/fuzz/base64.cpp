// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// base64: what is written is read back, and what is read would be written in the same way.
#include "codec/http/base64.hpp"

#include "fuzz/fuzz.hpp"
#include "support/base64_text.hpp"

namespace corochain::fuzz {

void one_input(std::string_view bytes) {
  const std::string encoded = codec::encode_base64(bytes);
  require(encoded.size() == (bytes.size() + 2) / 3 * 4, "the length is that of the RFC");
  require(test::decoded_base64(encoded) == std::string(bytes), "what is written is read back");
  const auto decoded = test::decoded_base64(bytes);
  if (decoded) require(codec::encode_base64(*decoded) == bytes, "there is one way to write it");
}

}  // namespace corochain::fuzz
