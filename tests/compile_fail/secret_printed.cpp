// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A key must not end up in a log by accident.
// EXPECT: (no match for .operator<<.|invalid operands to binary expression).*
// EXPECT: corochain::Secret
#include <corochain/core/secret.hpp>
#include <ostream>

namespace cc = corochain;

void print(std::ostream& out, const cc::Secret& key) {
#ifdef COROCHAIN_COMPILE_OK
  out << key.size();
#else
  out << key;
#endif
}
