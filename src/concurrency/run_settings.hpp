// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "corochain/core/dict.hpp"
#include "corochain/core/header_value.hpp"
#include "observability/run_trace.hpp"

namespace corochain::detail {

// Separate from `run_context`, because most contexts share the settings of the one above: a fan-out copies
// one pointer for each child.

/// The settings that configurations make for the work below them. Immutable.
struct run_settings {
  run_listeners listeners;
  std::vector<std::string> tags;
  Dict metadata;
  Dict configurable;
  Headers headers;
  std::size_t recursion_limit = 25;
  bool recursion_limit_given = false;
  /// The name of the runs that begin directly below `named_below`, and of no others.
  std::string run_name;
  std::shared_ptr<const run_info> named_below;
};

}  // namespace corochain::detail
