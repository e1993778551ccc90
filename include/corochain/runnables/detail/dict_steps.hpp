// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>

#include "corochain/core/dict.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/few.hpp"
#include "corochain/runnables/named_runnable.hpp"
#include "corochain/runnables/step.hpp"

// Steps between Dicts are no templates: they are made behind these.
namespace corochain::detail {

using dict_step = std::shared_ptr<const step<Dict, Dict>>;

COROCHAIN_EXPORT dict_step parallel_of(few<NamedRunnable> parts);
COROCHAIN_EXPORT dict_step assign_of(few<NamedRunnable> parts);
COROCHAIN_EXPORT dict_step pick_of(few<std::string> names);
COROCHAIN_EXPORT std::shared_ptr<const step<Dict, Value>> pick_one(std::string name);

}  // namespace corochain::detail
