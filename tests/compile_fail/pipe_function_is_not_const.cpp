// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// One chain serves many calls at once, so a function with state of its own that changes is refused.
// EXPECT: in 'left \| function' the function's call operator is not const
#include <corochain/parsers/str_output_parser.hpp>

namespace cc = corochain;

auto chain() {
#ifdef COROCHAIN_COMPILE_OK
  return cc::StrOutputParser() | [count = 0](const std::string&) { return count + 1; };
#else
  return cc::StrOutputParser() | [count = 0](const std::string&) mutable { return ++count; };
#endif
}
