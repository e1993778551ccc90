// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdlib>

namespace corochain::test {

/// The number of rounds of a random test: all of them if COROCHAIN_ALL_ROUNDS is set, as
/// `tests/run.sh --full` does, else a tenth.
inline int rounds_of(int all) { return std::getenv("COROCHAIN_ALL_ROUNDS") ? all : all / 10; }

}  // namespace corochain::test
