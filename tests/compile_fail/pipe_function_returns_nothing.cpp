// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A step has to give something to the next one.
// EXPECT: in 'left \| function' the function returns nothing; a step must return a value
#include <corochain/parsers/str_output_parser.hpp>

namespace cc = corochain;

void log(const std::string&) {}

auto chain() {
#ifdef COROCHAIN_COMPILE_OK
  return cc::StrOutputParser() | [](std::string text) {
    log(text);
    return text;
  };
#else
  return cc::StrOutputParser() | [](const std::string& text) { log(text); };
#endif
}
