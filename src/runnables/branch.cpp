// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/branch.hpp"

#include "corochain/core/error.hpp"

// The parts of branch.hpp that depend on no type. They keep core/error.hpp out of the header.
namespace corochain::detail {

// A place refers to its key until the run has begun, so the text lives as long as the program.
const std::string& default_branch() noexcept {
  static const std::string key("default");
  return key;
}

void throw_no_branches() {
  throw ConfigError("a RunnableBranch without a condition is just its default; give it one, or leave it out");
}

}  // namespace corochain::detail
