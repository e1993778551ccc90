// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/measure.hpp"

namespace corochain::benchmark {

/// One comparison with a budget.
struct verdict {
  std::string label;  ///< "x floor"
  double value = 0;
  std::optional<double> budget;   ///< nothing: only written down
  std::optional<double> stretch;  ///< what would be better still
  bool at_least = false;          ///< the budget is a lower limit

  bool kept() const noexcept { return !budget || (at_least ? value >= *budget : value <= *budget); }
};

/// One measured thing.
struct row {
  std::string name;
  std::string unit;
  std::vector<std::pair<std::string, series>> measured;  ///< by who was measured
  std::vector<verdict> verdicts;
};

/// Prints rows as they come and writes all of them as JSON.
class report {
 public:
  void add(row made);
  void write_json(const std::string& file) const;
  /// The budgets that were not kept: row, comparison, figure and budget.
  std::vector<std::string> broken() const;

 private:
  std::vector<row> rows_;
};

}  // namespace corochain::benchmark
