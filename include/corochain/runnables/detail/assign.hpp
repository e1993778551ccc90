// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/named_runnable.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// The step of `assign`: runs `parts` on a Dict and adds their values to that Dict.
COROCHAIN_EXPORT std::shared_ptr<const step<Dict, Dict>> assign_of(ListArg<NamedRunnable> parts);

}  // namespace corochain::detail
