// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <list>
#include <memory>

namespace corochain::detail {

/// One `max_concurrency` and those around it. What runs under a limit holds one place in it and in all outer ones,
/// so nesting can tighten a budget and never multiply it. Used on the run's serial executor only.
struct limit {
  limit(std::size_t most, std::shared_ptr<limit> around) : max(most), outer(std::move(around)) {}

  std::size_t max;
  std::size_t in_use = 0;
  std::shared_ptr<limit> outer;
};

/// Whether the limit and all outer ones have a place.
inline bool has_room(const limit* chain) noexcept {
  for (; chain; chain = chain->outer.get())
    if (chain->in_use >= chain->max) return false;
  return true;
}

/// The same of those from `chain` outwards that lie within `end`.
inline bool has_room(const limit* chain, const limit* end) noexcept {
  for (; chain && chain != end; chain = chain->outer.get())
    if (chain->in_use >= chain->max) return false;
  return true;
}
inline void take_place(limit* chain, const limit* end) noexcept {
  for (; chain && chain != end; chain = chain->outer.get()) ++chain->in_use;
}
inline void give_place(limit* chain, const limit* end) noexcept {
  for (; chain && chain != end; chain = chain->outer.get()) --chain->in_use;
}

inline void take_place(limit* chain) noexcept {
  for (; chain; chain = chain->outer.get()) ++chain->in_use;
}

inline void give_place(limit* chain) noexcept {
  for (; chain; chain = chain->outer.get()) --chain->in_use;
}

/// Sets a flag for as long as it lives.
class flag_guard {
 public:
  explicit flag_guard(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  ~flag_guard() { flag_ = false; }
  flag_guard(const flag_guard&) = delete;
  flag_guard& operator=(const flag_guard&) = delete;

 private:
  bool& flag_;
};

struct pause;
class fan_out;

/// The place that a task of a limited fan-out holds. While the task waits for children of its own it lends the place
/// to one of them: a parent that waits never blocks its children, and a budget of one works at any depth. A task that
/// waits for somebody who is no child of its own gives the place back and queues for one when it goes on.
struct task_permit {
  bool at_home = true;     ///< false while lent to a child
  bool parked = false;     ///< given back: to be asked for before the task goes on
  bool placeless = false;  ///< given back, as the books have it; also of who was let go on without one to end
  std::shared_ptr<limit>
      within;  ///< while parked: innermost limit that the task has set for itself, or that of `of`
  std::weak_ptr<fan_out> of;  ///< whose child the task is
};

/// Who waits for a place.
class place_seeker {
 public:
  /// Starts one child if there is a place for it.
  virtual bool start_one() = 0;
  /// Whether another child could be started if there were a place.
  virtual bool wants_place() const noexcept = 0;

 protected:
  ~place_seeker() = default;

 private:
  friend class place_queue;
  bool queued_ = false;
};

/// The fan-outs of one run that wait for a place, first come first served, one child a turn.
class place_queue {
 public:
  void add(place_seeker& seeker);
  /// Of one that is not in the queue this touches nothing, and may be called anywhere.
  void remove(place_seeker& seeker) noexcept;
  bool empty() const noexcept { return seekers_.empty(); }
  /// A place was given back by a seeker that was asked: those before it in the queue are asked again.
  void note_freed() noexcept { again_ = true; }
  /// To be called after places were given back.
  void serve();

 private:
  std::list<place_seeker*> seekers_;
  bool serving_ = false;
  bool again_ = false;
};

}  // namespace corochain::detail
