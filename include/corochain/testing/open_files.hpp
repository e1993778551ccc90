// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>

#include "corochain/core/export.hpp"

namespace corochain::testing {

/// Raises the number of files, sockets included, that this process may have open. Returns the new limit.
///
/// For tests and examples that hold thousands of connections: client and server in one process need two
/// sockets a connection. The soft limit rises to `wanted`, or to the hard limit if that is lower; it is never
/// lowered. Compare the result with `wanted` and skip what cannot run. Never throws: if the system refuses,
/// the limit does not change.
///
/// Thread safety: safe from any thread. The limit belongs to the process.
COROCHAIN_EXPORT std::size_t raise_open_file_limit(std::size_t wanted);

}  // namespace corochain::testing
