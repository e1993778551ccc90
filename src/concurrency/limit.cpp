// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/limit.hpp"

#include <utility>

namespace corochain::detail {

void place_queue::add(place_seeker& seeker) {
  if (seeker.queued_) return;
  seekers_.push_back(&seeker);
  seeker.queued_ = true;
}

void place_queue::remove(place_seeker& seeker) noexcept {
  if (std::exchange(seeker.queued_, false)) seekers_.remove(&seeker);
}

void place_queue::serve() {
  // A child may run at once, end a fan-out of its own and come back here: the outer call goes on for it.
  if (serving_) {
    again_ = true;
    return;
  }
  const flag_guard serving(serving_);
  do {
    again_ = false;
    for (std::size_t turns = seekers_.size(); turns > 0 && !seekers_.empty(); --turns) {
      place_seeker* seeker = seekers_.front();
      seekers_.pop_front();
      seeker->queued_ = false;
      if (!seeker->wants_place()) continue;
      add(*seeker);  // before it starts a child, which may remove it
      if (seeker->start_one()) again_ = true;
    }
  } while (again_);
}

}  // namespace corochain::detail
