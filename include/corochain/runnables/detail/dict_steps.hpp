// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/named_runnable.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

// The steps from a Dict to a Dict, for `RunnableParallel`, `RunnablePassthrough` and `Runnable`: their
// classes depend on no type of the user's and stand in the body.

/// The step of a `RunnableParallel`. Throws a `ConfigError` without branches, or if two have one name.
COROCHAIN_EXPORT step_ptr<Dict, Dict> parallel_of(ListArg<NamedRunnable> branches);
/// The step of `assign`: runs `parts` on a Dict and adds their values to that Dict.
COROCHAIN_EXPORT step_ptr<Dict, Dict> assign_of(ListArg<NamedRunnable> parts);
/// The steps of `pick`: a Dict of some values, and one value. They throw a `ConfigError` without names.
COROCHAIN_EXPORT step_ptr<Dict, Dict> pick_of(ListArg<std::string> names);
COROCHAIN_EXPORT step_ptr<Dict, Value> pick_one(std::string name);

}  // namespace corochain::detail
