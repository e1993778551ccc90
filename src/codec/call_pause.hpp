// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <atomic>
#include <chrono>

namespace corochain::codec {

/// A pause that a server asked one call for and that all calls to the same deployment keep. Safe from any thread,
/// without locks.
class call_pause {
 public:
  using clock = std::chrono::steady_clock;

  /// Nobody is to call before `until`; an earlier end than is known changes nothing. Returns whether it was news.
  bool extend(clock::time_point until) noexcept;
  bool lasts(clock::time_point now) const noexcept {
    return clock::time_point(clock::duration(until_.load(std::memory_order_relaxed))) > now;
  }
  /// When a call that asks at `now` may go: at once (`now`) when there is no pause, else after it, at a random moment
  /// of a time that is a quarter as long as what is left of the pause (50 ms at least, 5 s at most), so that those who
  /// waited do not come all at once. `uniform01` is a random number in [0, 1].
  clock::time_point resume_at(clock::time_point now, double uniform01) const noexcept;

 private:
  std::atomic<clock::rep> until_{clock::time_point::min().time_since_epoch().count()};
};

}  // namespace corochain::codec
