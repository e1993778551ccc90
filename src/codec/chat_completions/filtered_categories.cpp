// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/filtered_categories.hpp"

#include <algorithm>

// A list and no map: an answer has none or few of them.
namespace corochain::codec {
namespace {

// Bounds for a hostile server, far above the dozen short names that exist.
constexpr std::size_t most_categories = 64;
constexpr std::size_t longest_name = 128;

}  // namespace

void filtered_categories::set(std::string_view category, bool filtered) {
  if (category.size() > longest_name || (!filtered && names_.empty())) return;
  const auto found = std::find(names_.begin(), names_.end(), category);
  if (filtered && found == names_.end() && names_.size() < most_categories) names_.emplace_back(category);
  if (!filtered && found != names_.end()) names_.erase(found);
}

}  // namespace corochain::codec
