// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

// The categories of Azure's content filter, for `completion_reader` and `error_report`.
namespace corochain::codec {

/// Collects which categories of an object `content_filter_results` have `"filtered": true`. If a category
/// comes twice, the last one counts. There are about a dozen of them; the additions of a hostile server are
/// bounded.
class filtered_categories {
 public:
  /// Notes the last word on a category.
  void set(std::string_view category, bool filtered);
  void clear() noexcept { names_.clear(); }
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
};

}  // namespace corochain::codec
