// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/branch.hpp"

#include "corochain/core/error.hpp"

namespace corochain::detail {

const std::string& default_branch() noexcept {
  static const std::string key("default");
  return key;
}

void throw_no_branches() {
  throw ConfigError("a RunnableBranch without a condition is just its default; give it one, or leave it out");
}

}  // namespace corochain::detail
