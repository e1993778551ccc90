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
  /// For example "x floor".
  std::string label;
  double value = 0;
  /// Empty: the figure is only reported.
  std::optional<double> budget;
  /// A better value to aim at.
  std::optional<double> stretch;
  /// The budget is a lower limit.
  bool at_least = false;

  bool kept() const noexcept { return !budget || (at_least ? value >= *budget : value <= *budget); }
};

/// The figures of one measurement.
struct row {
  std::string name;
  std::string unit;
  /// The samples by the name of the measured program.
  std::vector<std::pair<std::string, series>> measured;
  std::vector<verdict> verdicts;
};

/// Prints each row at once and writes all rows as JSON.
class report {
 public:
  void add(row made);
  void write_json(const std::string& file) const;
  /// The exceeded budgets: row, comparison, figure and budget.
  std::vector<std::string> broken() const;

 private:
  std::vector<row> rows_;
};

}  // namespace corochain::benchmark
