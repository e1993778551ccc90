// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/detail/asio_switches.hpp"

// The definition that every object file of a program asks the linker for. It has the argument type of the
// macros that the library itself is compiled with. A program with other macros asks for a function of another
// type, which exists nowhere, so it does not link.
namespace corochain::detail {

void compile_with_the_same_boost_and_asio_switches_as_corochain(asio_switches_here*) noexcept {}

}  // namespace corochain::detail
