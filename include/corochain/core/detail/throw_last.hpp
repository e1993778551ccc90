// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <exception>
#include <vector>

#include "corochain/core/export.hpp"

namespace corochain::detail {

/// Throws what is left to say when each of several alternatives has failed: the failure of the last, with all others as
/// its `earlier()`. Of one failure, that failure itself. If the last is no `Error`, which has no place for others, an
/// `Error` of kind `other` that has all of them. `all` is in the order of the failures and not empty.
[[noreturn]] COROCHAIN_EXPORT void throw_last_with(std::vector<std::exception_ptr> all);

}  // namespace corochain::detail
