// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/call_pause.hpp"

#include <algorithm>

namespace corochain::codec {

bool call_pause::extend(clock::time_point until) noexcept {
  const auto end = until.time_since_epoch().count();
  auto known = until_.load(std::memory_order_relaxed);
  while (known < end)
    if (until_.compare_exchange_weak(known, end, std::memory_order_relaxed)) return true;
  return false;
}

call_pause::clock::time_point call_pause::resume_at(clock::time_point now, double uniform01) const noexcept {
  const clock::time_point until{clock::duration(until_.load(std::memory_order_relaxed))};
  if (until <= now) return now;
  const clock::duration shortest = std::chrono::milliseconds(50);
  const clock::duration longest = std::chrono::seconds(5);
  const auto spread = std::clamp((until - now) / 4, shortest, longest);
  const auto share = static_cast<double>(spread.count()) * std::clamp(uniform01, 0.0, 1.0);
  return until + clock::duration(static_cast<clock::rep>(share));
}

}  // namespace corochain::codec
