// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>

namespace corochain::codec {

/// Decides when the calls to one deployment may go. It knows no quota, only which requests went out and which of them
/// were refused (a 429 with an advised wait).
///
/// - A refusal concerns the call that got it, until most of the last requests are refused: more than half of the last
///   16 since the last pause, or the last 6. Then all callers pause for the advised wait.
/// - After the pause the callers go one by one, first come first served, at the rate at which requests were accepted
///   before the pause. The first ones go slower: if all of them are refused, the next pause begins after one or two.
/// - A refusal that comes meanwhile lowers the rate. Without refusals it stays for some advised waits, then grows ever
///   faster, and soon after that there is no limit any more.
/// - Refusals that come between accepted requests have no cause that pacing could mend: it ends, and more evidence is
///   asked for during the next seconds.
/// - A refusal of a request that was sent before the pause shows how much was accepted, and extends nothing.
///
/// A request that was sent and has not been refused counts as accepted: answers may take minutes, refusals do not.
///
/// Pure: time and randomness are arguments. Safe from any thread. While nobody waits, a call costs two relaxed loads
/// and one relaxed increment. A mutex is taken four times a second, for each refusal, and by callers that may have to
/// wait; nothing waits while it is held.
class admission_pacer {
 public:
  using clock = std::chrono::steady_clock;
  using duration = clock::duration;
  using time_point = clock::time_point;

  /// A request that went out.
  struct departure {
    time_point at;
    std::uint64_t number;
  };
  struct decision {
    std::optional<departure> sent;  ///< set: the request is to be sent now
    time_point ask_again;           ///< else when the caller has to ask the next time
    time_point pause_end;  ///< and the moment before which nobody sends; not after `now` without a pause
  };

 private:
  struct place {
    bool waiting = false;
    bool has_gone = false;  // from the queue, and was refused: it does not wait as long again
    std::int64_t number = 0;
  };

 public:
  /// One call, that asks before each of its attempts. It gives up its place in the queue when it ends. Not to be used
  /// by two threads at a time.
  class caller {
   public:
    explicit caller(admission_pacer& of) noexcept : pacer_(&of) {}
    ~caller() {
      if (place_.waiting) pacer_->leave(place_);
    }
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

    /// Whether the next request may be sent at `now`.
    decision ask(time_point now) {
      if (!place_.waiting && pacer_->is_free(now)) return {pacer_->depart(now), now, now};
      return pacer_->ask(now, place_);
    }

   private:
    admission_pacer* pacer_;
    place place_;
  };

  /// A request was refused at `now`, `took` after it was sent (its connection may have been opened before), with the
  /// advice to come back after `advised`, which is more than nothing. Returns whether a pause begins. `uniform01` is a
  /// random number in [0, 1]: processes that pause at once do not resume at once.
  bool refused(const departure& sent, time_point now, duration took, duration advised, double uniform01);

  /// Whether a call that asks at `now` may have to wait.
  bool limits(time_point now) const;

 private:
  struct mark {
    time_point at;
    std::uint64_t sent;
    std::uint64_t refused;
  };

  bool is_free(time_point now) const noexcept {
    return !limiting_.load(std::memory_order_relaxed) &&
           now.time_since_epoch().count() < next_mark_.load(std::memory_order_relaxed);
  }
  departure depart(time_point now) noexcept { return {now, sent_.fetch_add(1, std::memory_order_relaxed)}; }
  decision ask(time_point now, place& mine);
  void leave(place& mine) noexcept;

  // With the mutex held.
  bool limiting() const noexcept { return limiting_.load(std::memory_order_relaxed); }
  void give_up(place& mine) noexcept;
  std::int64_t places_before(const place& mine, time_point now) const;
  void notice_absent(std::int64_t before, duration open);
  void take_mark(time_point now);
  mark mark_before(time_point time) const;
  std::uint64_t first_sent_after(time_point time) const;
  void note_refusal(std::uint64_t number);
  bool most_were_refused(time_point now) const;
  bool refusals_are_scattered(int of) const;
  void begin_pause(time_point now, duration advised, double uniform01);
  void pause_until(time_point now, duration length, double uniform01);
  double measured_rate() const;
  void correct_rate();
  void slow_down(time_point sent, time_point now);
  void stop_pacing(time_point now);
  bool is_probing(time_point now) const;
  double advised_waits_of_growth(time_point now) const;
  double steady_rate(time_point now) const;
  double rate_at(time_point now) const;
  bool is_over(time_point now) const;

  // All that a call touches while nobody waits.
  std::atomic<bool> limiting_{false};
  std::atomic<clock::rep> next_mark_{time_point::min().time_since_epoch().count()};
  std::atomic<std::uint64_t> sent_{0};

  mutable std::mutex mutex_;  // for all below

  std::array<mark, 512> marks_{};  // a ring: of the last two minutes, as long as an advice
  std::size_t marks_taken_ = 0;

  // The last requests: the lowest bit is `newest_refused_`, the others went before it. Set for a refusal.
  std::uint64_t last_refusals_ = 0;
  std::uint64_t newest_refused_ = 0;
  std::uint64_t first_counted_ = 0;  // the first request since the last pause
  std::uint64_t refused_ = 0;        // of all requests
  duration refusal_delay_{};         // from a request to its refusal, of late
  time_point careful_until_ = time_point::min();

  // The pause, and the rate after it: requests a second, 0 while unknown.
  time_point until_ = time_point::min();
  time_point next_ = time_point::min();  // when the next request may go
  std::optional<mark> resumed_;          // the first request after the pause
  int fruitless_ = 0;                    // pauses in a row after which nothing was accepted
  duration first_gap_{};                 // between requests, at first
  duration unit_{};                      // of the growth: about the advised wait
  time_point grow_from_ = time_point::min();
  time_point grown_until_ = time_point::min();
  int hold_ = 1;             // for how many units the rate stays
  double rate_ = 0;          // before it grows
  double proven_rate_ = 0;   // that was accepted for long
  double first_rate_ = 0;    // from which refusals have lowered it
  double highest_rate_ = 0;  // that the pause may set
  double floor_rate_ = 0;

  // The rate follows from the requests that were accepted in the time before the pause.
  std::int64_t accepted_ = 0;
  std::uint64_t measured_from_ = 0;
  std::uint64_t measured_to_ = 0;  // the newest refusal of that time
  duration measured_{};

  std::int64_t places_ = 0;  // in the queue that were ever given
  std::int64_t left_ = 0;    // by how many callers
  std::int64_t absent_ = 0;  // how many of the others hold nobody back
  std::int64_t fewest_before_ = std::numeric_limits<std::int64_t>::max();  // a caller that could use the slot
};

}  // namespace corochain::codec
