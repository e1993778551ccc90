// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <sys/resource.h>

#include <cstdio>
#include <string>

namespace example {

/// The resources that this process has used so far.
struct Resources {
  double cpu_seconds = 0;
  double peak_megabytes = 0;  ///< the most it ever held
};

inline Resources used_resources() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
#ifdef __APPLE__
  constexpr double per_megabyte = 1024.0 * 1024.0;  // there ru_maxrss counts bytes
#else
  constexpr double per_megabyte = 1024.0;
#endif
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime),
          static_cast<double>(usage.ru_maxrss) / per_megabyte};
}

/// "2.01 s", "14.3 MB".
inline std::string number(double value, int digits, const char* unit = "") {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f%s%s", digits, value, *unit ? " " : "", unit);
  return text;
}

}  // namespace example
