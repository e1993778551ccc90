// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace corochain::transport {

/// Judges whether a request moves on, by how many of its bytes have left this machine for good: been acknowledged by
/// the other side's system. It is looked at now and then, since no event tells of it. Does no I/O; time is an
/// argument.
class send_progress {
 public:
  using clock = std::chrono::steady_clock;

  /// As much as `patience` may pass between two moments at which more bytes have left.
  send_progress(clock::duration patience, clock::time_point now, std::uint64_t left) noexcept;

  /// After which time to look again; nothing when no byte has left for `patience`. A stand-still is noticed an eighth
  /// of that later at most, provided it is looked at as said. A look that comes late counts as if it had come in time:
  /// a process that gets no processor, or a machine that slept, says nothing of the other side.
  std::optional<clock::duration> look(clock::time_point now, std::uint64_t left) noexcept;

 private:
  clock::duration patience_;
  clock::duration still_{};  ///< for how long no byte has left
  clock::duration asked_{};  ///< until the look that comes next
  clock::time_point looked_at_;
  std::uint64_t left_;
};

}  // namespace corochain::transport
