// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A Secret converts to text through reveal() only.
// EXPECT: (conversion from|no viable conversion from).*Secret
#include <corochain/core/secret.hpp>

namespace cc = corochain;

std::string header(const cc::Secret& key) {
#ifdef COROCHAIN_COMPILE_OK
  std::string text(key.reveal());
#else
  std::string text = key;
#endif
  return "api-key: " + text;
}
