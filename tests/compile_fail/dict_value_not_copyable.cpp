// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Dicts are copied, and so are their values.
// EXPECT: corochain: a value of a Dict must be copyable
#include <corochain/core/dict.hpp>
#include <memory>

namespace cc = corochain;

cc::Dict values(std::unique_ptr<int> document) {
#ifdef COROCHAIN_COMPILE_OK
  return {{"document", std::shared_ptr<int>(std::move(document))}};
#else
  return {{"document", std::move(document)}};
#endif
}
