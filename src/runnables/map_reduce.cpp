// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/map_reduce.hpp"

#include "corochain/core/error.hpp"

// The parts of `map_reduce` that depend on no type. The order of the combinations is in `reduction_plan`.
namespace corochain::detail {

void check_group_size(std::size_t size, bool combines_two) {
  if (size < 2)
    throw ConfigError("map_reduce needs a group_size of 2 or more: a combination takes several values");
  if (combines_two && size != 2)
    throw ConfigError("a function of two values cannot combine a group_size of " + std::to_string(size) +
                      "; give map_reduce a function of a std::vector of them");
}

std::string join_texts(std::vector<std::string> texts) {
  std::string all;
  for (const std::string& each : texts) {
    if (!all.empty()) all += "\n\n";
    all += each;
  }
  return all;
}

}  // namespace corochain::detail
