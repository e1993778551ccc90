// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "rows/session.hpp"

#include <stdexcept>

namespace corochain::benchmark {

samples in_rounds(int rounds, std::initializer_list<client> who,
                  const std::function<figures(client)>& measure) {
  samples found;
  for (int round = 0; round < rounds; ++round)
    for (const client each : who) {
      const figures made = in_child([&] { return measure(each); });
      if (const auto errors = made.find("errors"); errors != made.end() && errors->second > 0)
        throw std::runtime_error(std::string(to_string(each)) + ": " + std::to_string(errors->second) +
                                 " calls failed");
      for (const auto& [name, value] : made) found[each][name].samples.push_back(value);
    }
  return found;
}

double ratio(const series& of, const series& to) { return of.min() / to.min(); }

}  // namespace corochain::benchmark
