// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace corochain::transport {

/// Judges whether a request moves on, by how many of its bytes have left this machine for good: the other
/// side's system has acknowledged them. The caller checks from time to time, since no event reports it. Does
/// no I/O; time is an argument.
class send_progress {
 public:
  using clock = std::chrono::steady_clock;

  /// At most `patience` may pass between two moments at which more bytes have left.
  send_progress(clock::duration patience, clock::time_point now, std::uint64_t left) noexcept;

  /// Returns the time until the next check, or nothing if no byte has left for `patience`. If the caller
  /// checks at these times, it notices a stand-still at most an eighth of `patience` late. A late check
  /// counts as if it had come in time: a process that gets no processor, or a machine that slept, says
  /// nothing about the other side.
  std::optional<clock::duration> look(clock::time_point now, std::uint64_t left) noexcept;

 private:
  clock::duration patience_;
  // For how long no byte has left, as far as checks that came in time have seen it.
  clock::duration still_{};
  // The time until the next check, as the last one returned it.
  clock::duration asked_{};
  clock::time_point looked_at_;
  // How many bytes had left at most. A system may report fewer later, when it sends some of them again.
  std::uint64_t left_;
};

}  // namespace corochain::transport
