// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The function takes a number, the step on its left gives text.
// EXPECT: in 'left \| function' the function cannot be called with the output of the left step
// EXPECT: function_takes<.*basic_string<char
#include <corochain/parsers/str_output_parser.hpp>

namespace cc = corochain;

auto chain() {
#ifdef COROCHAIN_COMPILE_OK
  return cc::StrOutputParser() | [](const std::string& text) { return text.size(); };
#else
  return cc::StrOutputParser() | [](int number) { return number + 1; };
#endif
}
