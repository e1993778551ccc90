// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/error.hpp"

namespace corochain::detail {

/// The text of a `TimeoutError`, without advice. The layers that watch a time limit, concurrency and
/// transport, share it.
inline std::string timeout_text(Phase phase) {
  return std::string("the time was over in phase '") + to_string(phase) + "'";
}

}  // namespace corochain::detail
