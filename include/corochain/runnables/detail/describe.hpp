// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/runnables/detail/step_base.hpp"

namespace corochain::detail {

/// Describes the steps of a chain, one a line.
COROCHAIN_EXPORT std::string describe(const step_base& step);
/// Draws the steps as a flowchart in Mermaid's language.
COROCHAIN_EXPORT std::string draw_mermaid(const step_base& step);

}  // namespace corochain::detail
