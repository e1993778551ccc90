// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/counters.hpp"

namespace corochain::benchmark {

using figures = std::map<std::string, double>;

/// Does `work` in a child process of its own, on core 1, and gives what it returns. Its CPU time and its memory are so
/// nobody else's. Throws what went wrong in it as a `runtime_error`.
figures in_child(const std::function<figures()>& work);

/// Microseconds of CPU, user and system, of this process so far.
double cpu_us();
/// Seconds of the steady clock.
double seconds_now();
/// KB of this process that are resident, and the most there ever were.
double resident_kb();
double peak_resident_kb();
/// Lets this process open as many files as the system allows it.
void raise_file_limit();

/// What all was used since it was made.
class usage_since {
 public:
  usage_since();
  /// cpu_us, wall_s, and the counts, each divided by `units` (but the wall time).
  figures per(double units) const;

 private:
  call_counts counts_;
  double cpu_;
  double wall_;
};

/// Several samples of one figure.
struct series {
  std::vector<double> samples;
  double min() const;
  double median() const;
};

}  // namespace corochain::benchmark
