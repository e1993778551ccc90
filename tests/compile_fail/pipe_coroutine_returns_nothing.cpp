// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// A coroutine without a value is no step either.
// EXPECT: in 'left \| function' the function returns nothing; a step must return a value
#include <corochain/parsers/str_output_parser.hpp>

namespace cc = corochain;

auto chain() {
#ifdef COROCHAIN_COMPILE_OK
  return cc::StrOutputParser() | [](std::string text) -> cc::awaitable<std::string> { co_return text; };
#else
  return cc::StrOutputParser() | [](std::string) -> cc::awaitable<void> { co_return; };
#endif
}
