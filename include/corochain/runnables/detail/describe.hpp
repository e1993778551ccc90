// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/runnables/detail/step_base.hpp"

namespace corochain::detail {

/// The steps of a chain, one a line.
COROCHAIN_EXPORT std::string describe(const step_base& step);
/// The same as a flowchart in Mermaid's language.
COROCHAIN_EXPORT std::string draw_mermaid(const step_base& step);

}  // namespace corochain::detail
