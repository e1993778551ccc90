// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <vector>

#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Throws the last failure after each of several alternatives has failed; its `earlier()` holds the others. A
/// single failure is rethrown as it is. If the last failure is no `Error`, throws an `Error` of kind `other`
/// whose `earlier()` holds all failures. `all` is in the order of the failures and not empty.
[[noreturn]] COROCHAIN_EXPORT void throw_last_with(std::vector<std::exception_ptr> all);

}  // namespace corochain::detail
