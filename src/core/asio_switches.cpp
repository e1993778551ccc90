// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/detail/asio_switches.hpp"

namespace corochain::detail {

void compile_with_the_same_boost_and_asio_switches_as_corochain(asio_switches_here*) noexcept {}

}  // namespace corochain::detail
