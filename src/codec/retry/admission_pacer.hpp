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

// Shares the capacity of a deployment among the calls of one process. `models/deployment_state` holds one for
// each deployment; `models/deployment_gate` asks it before each attempt and tells it of refusals. All callers
// of all threads meet here, so nothing of it may wait.
namespace corochain::codec {

/// Decides when the calls to one deployment may go. It knows no quota. It knows only which requests went out
/// and which of them were refused (a 429, with an advised wait or without one).
///
/// - A refusal concerns only its own call, until most of the last requests are refused: more than half of the
///   last 16 since the last pause, or the last 6. Then all callers pause for the advised wait.
/// - Without advice the last 24 must be refused, since a server that refuses at random often gives none. Then
///   all callers pause for a second, the shortest time in which providers count. If nothing is accepted for a
///   minute and a half of such pauses, the server is closed rather than busy: there are no more of them until
///   it accepts a request.
/// - After the pause the callers go one by one, in order of arrival, at the rate at which requests were
///   accepted before the pause. The first ones go slower: if all of them are refused, the next pause begins
///   after one or two.
/// - A refusal that comes meanwhile lowers the rate. Without refusals the rate stays for some advised waits,
///   then grows ever faster. Soon after that there is no limit any more.
/// - If refusals come between accepted requests, pacing cannot avoid them: it ends, and during the next
///   seconds it needs more evidence to begin again.
/// - A refusal of a request that was sent before the pause shows how much was accepted, and extends nothing.
///
/// A request that was sent and has not been refused counts as accepted: answers may take minutes, refusals do
/// not.
///
/// Pure: time and randomness are arguments. Safe from any thread. While no caller waits, a call costs two
/// relaxed loads and one relaxed increment. A mutex is taken four times a second, for each refusal, and by
/// callers that may have to wait. Nothing waits while it is held.
class admission_pacer {
 public:
  using clock = std::chrono::steady_clock;
  using duration = clock::duration;
  using time_point = clock::time_point;

  /// A request that was sent.
  struct departure {
    time_point at;
    std::uint64_t number;
  };
  struct decision {
    /// If set, the request is to be sent now.
    std::optional<departure> sent;
    /// Otherwise, when the caller has to ask again.
    time_point ask_again;
    /// Otherwise, the time before which nobody sends. Not after `now` if there is no pause.
    time_point pause_end;
  };

 private:
  /// The place of one caller in the queue. The places of the callers that left it are not known one by one:
  /// `left_` counts them, and every caller moves up by one for each.
  struct place {
    bool waiting = false;
    // It left the queue and was refused, so it does not wait as long again.
    bool has_gone = false;
    std::int64_t number = 0;
  };

 public:
  /// One call, which asks before each of its attempts. Its destructor gives up its place in the queue. Not to
  /// be used by two threads at a time.
  class caller {
   public:
    explicit caller(admission_pacer& of) noexcept : pacer_(&of) {}
    ~caller() {
      if (place_.waiting) pacer_->leave(place_);
    }
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

    /// Decides whether the next request may be sent at `now`.
    decision ask(time_point now) {
      if (!place_.waiting && pacer_->is_free(now)) return {pacer_->depart(now), now, now};
      return pacer_->ask(now, place_);
    }

   private:
    admission_pacer* pacer_;
    place place_;
  };

  /// The pause if the server gave no advice.
  static constexpr duration guessed_wait = std::chrono::seconds(1);

  /// Notes that a request was refused at `now`, `took` after it was sent (its connection may have been opened
  /// before), with the advice to come back after `advised`, which is positive, or without advice. Returns
  /// whether a pause begins. `uniform01` is a random number in [0, 1]: it spreads processes that pause at
  /// once over different times to resume.
  bool refused(const departure& sent, time_point now, duration took, std::optional<duration> advised,
               double uniform01);

  /// Whether a call that asks at `now` may have to wait.
  bool limits(time_point now) const;

 private:
  /// The counts at a point in time. The pacer knows from them how many requests went out since, and how many
  /// of those were refused, without a record for each request.
  struct mark {
    time_point at;
    std::uint64_t sent;
    std::uint64_t refused;
  };

  /// Whether a call may go without a lock: nobody waits, and the next mark is not due.
  bool is_free(time_point now) const noexcept {
    return !limiting_.load(std::memory_order_relaxed) &&
           now.time_since_epoch().count() < next_mark_.load(std::memory_order_relaxed);
  }
  departure depart(time_point now) noexcept { return {now, sent_.fetch_add(1, std::memory_order_relaxed)}; }
  decision ask(time_point now, place& mine);
  void leave(place& mine) noexcept;

  // Call these with the mutex held.
  bool limiting() const noexcept { return limiting_.load(std::memory_order_relaxed); }
  void give_up(place& mine) noexcept;
  std::int64_t places_before(const place& mine, time_point now) const;
  void notice_absent(std::int64_t before, duration open);
  void take_mark(time_point now);
  mark mark_before(time_point time) const;
  std::uint64_t first_sent_after(time_point time) const;
  void note_refusal(std::uint64_t number);
  bool most_were_refused(time_point now, bool advised) const;
  bool refusals_are_scattered(int of) const;
  bool nothing_accepted_since(const mark& then) const;
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

  // The members that a call touches while no caller waits.
  std::atomic<bool> limiting_{false};
  std::atomic<clock::rep> next_mark_{time_point::min().time_since_epoch().count()};
  std::atomic<std::uint64_t> sent_{0};

  // Guards the members below.
  mutable std::mutex mutex_;

  // A ring over the last two minutes, as long as an advice: 512 marks, four each second.
  std::array<mark, 512> marks_{};
  std::size_t marks_taken_ = 0;

  // The last requests, one bit each, set for a refusal. The lowest bit is `newest_refused_`; the others went
  // before it.
  std::uint64_t last_refusals_ = 0;
  std::uint64_t newest_refused_ = 0;
  // The first request since the last pause.
  std::uint64_t first_counted_ = 0;
  // The number of all refused requests.
  std::uint64_t refused_ = 0;
  // The smoothed time from a request to its refusal.
  duration refusal_delay_{};
  /// Until then it takes more refusals to begin a pause: pacing has just been found to be of no use.
  time_point careful_until_ = time_point::min();

  // The pause, and the rate after it in requests per second, 0 while unknown.
  time_point until_ = time_point::min();
  // When the next request may go.
  time_point next_ = time_point::min();
  // The first request after the pause.
  std::optional<mark> resumed_;
  // How many pauses in a row had no accepted request after them.
  int fruitless_ = 0;
  // When pauses without advice were given up.
  std::optional<mark> given_up_;
  // The initial time between two requests.
  duration first_gap_{};
  // The unit of the growth: about the advised wait.
  duration unit_{};
  // The rate stays as it is until then, and grows afterwards.
  time_point grow_from_ = time_point::min();
  // When a refusal ended the growth last. Requests that were sent before it say nothing about the lowered
  // rate.
  time_point grown_until_ = time_point::min();
  // For how many units the rate stays. It doubles when growth was refused, so that the limit is tried ever
  // more rarely.
  int hold_ = 1;
  // The rate before it grows.
  double rate_ = 0;
  // The highest rate that was accepted for long.
  double proven_rate_ = 0;
  // The rate from which refusals have lowered it.
  double first_rate_ = 0;
  // The highest rate that the pause may set.
  double highest_rate_ = 0;
  // The lowest one: half of the rate before the pause, because one pause is no evidence for more.
  double floor_rate_ = 0;

  // The rate follows from the requests that were accepted in the time before the pause.
  std::int64_t accepted_ = 0;
  // The first request of that time. A late refusal of a request from there on corrects the rate.
  std::uint64_t measured_from_ = 0;
  // The newest refusal of that time.
  std::uint64_t measured_to_ = 0;
  // The length of that time. A rate is the accepted requests divided by it.
  duration measured_{};

  // The number of places in the queue that were ever given.
  std::int64_t places_ = 0;
  // How many callers have left the queue.
  std::int64_t left_ = 0;
  // How many of the others delay nobody.
  std::int64_t absent_ = 0;
  // The fewest places before a caller that could use the slot.
  std::int64_t fewest_before_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace corochain::codec
