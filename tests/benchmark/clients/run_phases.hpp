// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>

#include "clients/load.hpp"

namespace corochain::benchmark {

/// The number of calls that are still to be made. All lanes share it.
struct call_counter {
  bool take() noexcept { return left > 0 && left-- > 0; }
  int left = 0;
  long errors = 0;
};

/// Warms up and then measures. `start` spawns the work of the lanes on `context`.
inline figures run_phases(boost::asio::io_context& context, const load& what, call_counter& counter,
                          const std::function<void()>& start) {
  if (what.warm_up > 0) {
    counter.left = what.warm_up;
    start();
    context.run();
    context.restart();
  }
  counter.left = what.calls;
  const double before_kb = resident_kb();
  const usage_since before;
  start();
  context.run();
  figures found = before.per(what.calls);
  found["errors"] = static_cast<double>(counter.errors);
  if (what.memory) found["memory_kb"] = (peak_resident_kb() - before_kb) / what.calls;
  return found;
}

}  // namespace corochain::benchmark
