// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/usage.hpp"

#include <ostream>

// Only the text form has a body worth compiling once; sums are inline, since each call makes them.
namespace corochain {

std::ostream& operator<<(std::ostream& out, const Usage& usage) {
  out << usage.total_tokens << " tokens (" << usage.input_tokens << " in, " << usage.output_tokens << " out";
  if (usage.cached_tokens != 0) out << ", " << usage.cached_tokens << " cached";
  if (usage.reasoning_tokens != 0) out << ", " << usage.reasoning_tokens << " reasoning";
  return out << ')';
}

}  // namespace corochain
