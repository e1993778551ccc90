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

/// Runs `work` in a child process on core 1, and returns its result. So no other work shares its CPU time and
/// memory. Throws a failure of the child as a `runtime_error`.
figures in_child(const std::function<figures()>& work);

/// Microseconds of CPU, user and system, of this process so far.
double cpu_us();
/// Seconds of the steady clock.
double seconds_now();
/// The resident KB of this process, and the highest value so far.
double resident_kb();
double peak_resident_kb();
/// Raises the file limit of this process as far as the system allows.
void raise_file_limit();

/// The resources that the process has used since this object was made.
class usage_since {
 public:
  usage_since();
  /// cpu_us, wall_s, and the counts. All but the wall time are divided by `units`.
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
