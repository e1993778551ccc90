// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "core/quoted_list.hpp"

// Errors of Dict and of prompts list the names that exist beside the name that does not.
namespace corochain::detail {

std::string quoted_list(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string list;
  for (const std::string& name : names) list.append(list.empty() ? "'" : ", '").append(name).append("'");
  return list;
}

}  // namespace corochain::detail
