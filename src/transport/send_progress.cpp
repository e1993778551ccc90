// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/send_progress.hpp"

#include <algorithm>

namespace corochain::transport {

send_progress::send_progress(clock::duration patience, clock::time_point now, std::uint64_t left) noexcept
    : patience_(patience), looked_at_(now), left_(left) {}

std::optional<send_progress::clock::duration> send_progress::look(clock::time_point now,
                                                                  std::uint64_t left) noexcept {
  // Keeps a short patience from checking all the time.
  constexpr clock::duration shortest = std::chrono::milliseconds(1);
  // Only the time that was asked for counts: the rest of a late check is the delay of this process.
  still_ = left > left_ ? clock::duration::zero() : still_ + std::min(now - looked_at_, asked_);
  left_ = std::max(left, left_);
  looked_at_ = now;
  if (still_ >= patience_) return std::nullopt;
  asked_ = std::min(patience_ - still_, std::max(patience_ / 8, shortest));
  return asked_;
}

}  // namespace corochain::transport
