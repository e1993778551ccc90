// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/admission_pacer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

// The parts in their order: the queue (`ask` to `notice_absent`), the judgement of refusals (`refused` to
// `refusals_are_scattered`), the pause and its rate (`begin_pause` to `stop_pacing`), and the rate at a point
// in time. A rate is in requests per second throughout.
namespace corochain::codec {
namespace {
using namespace std::chrono_literals;
using duration = admission_pacer::duration;

// The figures were found by simulation (tests/unit/codec/retry/admission_runs_test.cpp): quotas of several
// kinds and sizes, 2 to 1000 callers, refusals at random, full stops.

// More than half of them are "most". With 10 % refused at random that happens once in 180,000.
constexpr int last_requests = 16;
// Also "most", if few callers have requests in flight.
constexpr int in_a_row = 6;
// The same without advice. If 60 % are refused at random, it happens once in 500,000 requests.
constexpr int in_a_row_without_advice = 24;
// Older requests tell nothing.
constexpr duration remembered = 10s;
constexpr duration mark_interval = 250ms;

// Providers count in windows of a second or more.
constexpr duration shortest_measured = 1s;
// Waiting callers ask within a second of their slot.
constexpr duration slot_unused = 1250ms;
// Applied to a rate that may have been two windows' quota in one.
constexpr double two_windows = 0.7;

// After x advised waits the rate is e^(0.03 x^3) times as high: 3 % after one, 27 % after two, 42 times after
// five.
constexpr double growth_factor = 0.03;
// The growth ends at 150 times the rate (e^5), and pacing with it: there is no limit any more that it could
// find.
constexpr double end_of_growth = 5.5;
// The most advised waits for which a rate stays after it was refused again and again.
constexpr int longest_hold = 16;
// One request in ten seconds, so that a caller is never left without an attempt.
constexpr double lowest_rate = 0.1;
// If the rate grows from nothing, there is no limit beyond this.
constexpr double top_rate = 4000;
// If the rate had to be lowered below this share, it is not the cause of the refusals.
constexpr double useless = 0.45;
// Further pauses grow longer: the advice is shorter than the window.
constexpr int fruitless_as_advised = 4;
// Pauses without advice are given up: they have lasted for 90 s, longer than the minute in which many
// providers count.
constexpr int fruitless_guesses = 16;
// The longest pause of our own making, and the longest that is believed at all.
constexpr duration longest_guess = 8s;
constexpr duration longest_pause = 24h;

double in_seconds(duration time) { return std::chrono::duration<double>(time).count(); }
duration to_duration(double seconds) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

admission_pacer::decision admission_pacer::ask(time_point now, place& mine) {
  const std::lock_guard lock(mutex_);
  take_mark(now);
  // The limit ends at the first request after its time, so that no timer is needed.
  if (limiting() && is_over(now)) limiting_.store(false, std::memory_order_relaxed);
  if (!limiting()) {
    give_up(mine);
    return {depart(now), now, now};
  }
  // A caller that was refused after the pause keeps its number, and with it its turn.
  if (!mine.waiting) {
    mine.waiting = true;
    if (!mine.has_gone) mine.number = places_++;
  }
  const double rate = rate_at(std::max(now, until_));
  const time_point slot = std::max(next_, until_);
  if (now >= slot) notice_absent(places_before(mine, now), now - slot);
  const auto before = static_cast<double>(std::max<std::int64_t>(places_before(mine, now) - absent_, 0));
  // The first in the queue may have been told to sleep longer than it now has to. Others go instead.
  if (now >= slot && before <= 1 + rate / 10) {
    const duration gap = to_duration(1 / rate);
    // Timers are late: a slot that was missed by up to one gap, or by 5 ms, is made up for.
    next_ = std::max(slot, now - std::max<duration>(gap, 5ms)) + gap;
    fewest_before_ = std::numeric_limits<std::int64_t>::max();
    give_up(mine);
    mine.has_gone = true;
    const departure sent = depart(now);
    if (!resumed_) resumed_ = mark{now, sent.number, refused_};
    return {sent, now, now};
  }
  // Half of the expected wait at most, and a second: the rate may rise meanwhile, and callers in front may be
  // gone.
  const time_point from = std::max(now, slot);
  const duration wait = to_duration(std::min(before / std::max(rate, steady_rate(from)), 1e6));
  const time_point again = from + std::min(wait, std::clamp<duration>(wait / 2, 50ms, 1s));
  return {std::nullopt, std::max(again, now + duration(1ms)), std::max(until_, now)};
}

void admission_pacer::leave(place& mine) noexcept {
  const std::lock_guard lock(mutex_);
  give_up(mine);
}

void admission_pacer::give_up(place& mine) noexcept {
  if (mine.waiting && !mine.has_gone) {
    // It was counted as absent because it is long overdue.
    if (mine.number < left_ && absent_ > 0) --absent_;
    if (++left_ == places_) absent_ = 0;
  }
  mine.waiting = false;
}

/// A caller that went and was refused goes first, so that its last attempt comes soon after a rate was
/// lowered. It goes last while it may be refused for a reason of its own.
std::int64_t admission_pacer::places_before(const place& mine, time_point now) const {
  if (mine.has_gone) return is_probing(now) ? places_ - left_ : 0;
  return std::max<std::int64_t>(mine.number - left_, 0);
}

/// A caller whose loop is blocked keeps its place in the queue and does not ask. If a slot stays unused for
/// so long that all others have asked, the places before the first of them belong to such callers, and delay
/// nobody.
void admission_pacer::notice_absent(std::int64_t before, duration open) {
  fewest_before_ = std::min(fewest_before_, before);
  if (open > slot_unused) absent_ = std::max(absent_, fewest_before_);
}

bool admission_pacer::limits(time_point now) const {
  if (!limiting()) return false;
  const std::lock_guard lock(mutex_);
  return !is_over(now);
}

bool admission_pacer::refused(const departure& sent, time_point now, duration took,
                              std::optional<duration> advised, double uniform01) {
  const std::lock_guard lock(mutex_);
  take_mark(now);
  ++refused_;
  // The mean of the last ones, the newest counted for half.
  refusal_delay_ = (refusal_delay_ + std::clamp<duration>(took, 0ms, 30s)) / 2;
  // It was sent before the pause began, so it is no news about the rate after the pause.
  if (sent.at < until_) {
    // It is none of those that went since.
    if (resumed_) ++resumed_->refused;
    if (sent.number >= measured_from_ && sent.number <= measured_to_) {
      --accepted_;
      correct_rate();
    }
    return false;
  }
  note_refusal(sent.number);
  if (!most_were_refused(now, advised.has_value())) {
    if (limiting()) slow_down(sent.at, now);
    return false;
  }
  if (limiting() && refusals_are_scattered(last_requests)) {
    stop_pacing(now);
    return false;
  }
  if (!advised && limiting() && fruitless_ >= fruitless_guesses) {
    stop_pacing(now);
    given_up_ = mark{now, sent_.load(std::memory_order_relaxed), refused_};
    return false;
  }
  // A pause as long as the server wants, but no longer than a day: the deadline of a call ends it before.
  begin_pause(now, std::min<duration>(advised.value_or(guessed_wait), longest_pause), uniform01);
  return true;
}

void admission_pacer::take_mark(time_point now) {
  if (now.time_since_epoch().count() < next_mark_.load(std::memory_order_relaxed)) return;
  marks_[marks_taken_++ % marks_.size()] = {now, sent_.load(std::memory_order_relaxed), refused_};
  next_mark_.store((now + mark_interval).time_since_epoch().count(), std::memory_order_relaxed);
}

/// Returns the last mark that is not after `time`, else the first that is known. If nothing was sent between
/// `time` and the next mark, it returns the next mark, provided that a refused request came after it.
admission_pacer::mark admission_pacer::mark_before(time_point time) const {
  const std::size_t known = std::min(marks_taken_, marks_.size());
  const mark* next = nullptr;
  for (std::size_t back = 1; back <= known; ++back) {
    const mark& each = marks_[(marks_taken_ - back) % marks_.size()];
    if (each.at <= time) {
      // Once its interval is over, the next request takes another mark.
      const bool idle = next && time - each.at > mark_interval && next->sent <= newest_refused_;
      return idle ? *next : each;
    }
    next = &each;
  }
  return *next;
}

/// Returns the first request that was sent at `time` or later, or one that was sent up to a quarter of a
/// second after it.
std::uint64_t admission_pacer::first_sent_after(time_point time) const {
  std::uint64_t first = sent_.load(std::memory_order_relaxed);
  const std::size_t known = std::min(marks_taken_, marks_.size());
  for (std::size_t back = 1; back <= known; ++back) {
    const mark& each = marks_[(marks_taken_ - back) % marks_.size()];
    if (each.at <= time) break;
    first = each.sent;
  }
  return first;
}

void admission_pacer::note_refusal(std::uint64_t number) {
  if (number > newest_refused_) {
    // A shift by 64 or more is undefined.
    const std::uint64_t further = number - newest_refused_;
    last_refusals_ = further < 64 ? last_refusals_ << further : 0;
    newest_refused_ = number;
  }
  // A refusal may come later than that of a newer request.
  const std::uint64_t back = newest_refused_ - number;
  if (back < 64) last_refusals_ |= std::uint64_t{1} << back;
}

bool admission_pacer::most_were_refused(time_point now, bool advised) const {
  const std::uint64_t first = std::max(first_counted_, first_sent_after(now - remembered));
  if (newest_refused_ < first) return false;
  const std::uint64_t up_to_newest = newest_refused_ + 1 - first;
  if (!advised && !limiting())
    return std::countr_one(last_refusals_) >= in_a_row_without_advice &&
           up_to_newest >= in_a_row_without_advice && !(given_up_ && nothing_accepted_since(*given_up_));
  // Requests in flight count as accepted.
  const std::uint64_t count =
      std::min<std::uint64_t>(sent_.load(std::memory_order_relaxed) - first, last_requests);
  const auto bad = static_cast<unsigned>(std::popcount(last_refusals_ & ((std::uint64_t{1} << count) - 1)));
  // Refusals at random must not begin the next pause at once: 15 of 16 are no accident.
  if (now < careful_until_) return count == last_requests && bad >= last_requests - 1;
  if (!limiting() && std::countr_one(last_refusals_) >= in_a_row && up_to_newest >= in_a_row) return true;
  if (std::uint64_t{2} * bad <= count) return false;
  // Soon after a pause, one accepted request shows that the server is not closed.
  return !limiting() || count == last_requests || bad == up_to_newest;
}

/// Whether all requests since `then` were refused. Requests that were in flight at that time blur it by their
/// number.
bool admission_pacer::nothing_accepted_since(const mark& then) const {
  return newest_refused_ < then.sent || newest_refused_ + 1 - then.sent <= refused_ - then.refused;
}

/// Whether the refusals are scattered. A quota that is used up refuses all requests from some request on;
/// random refusals come between other answers. `of` is the number of last requests to check.
bool admission_pacer::refusals_are_scattered(int of) const {
  const std::uint64_t pairs = (std::uint64_t{1} << (of - 1)) - 1;
  return std::popcount((last_refusals_ ^ (last_refusals_ >> 1)) & pairs) >= (of > last_requests ? 6 : 5);
}

void admission_pacer::begin_pause(time_point now, duration advised, double uniform01) {
  const bool paced = limiting() && resumed_;
  const mark start = paced ? *resumed_ : mark_before(now - std::max<duration>(advised, shortest_measured));
  // Requests after the newest refusal may not even have a connection yet.
  const auto judged = static_cast<std::int64_t>(newest_refused_ + 1 - start.sent);
  const std::int64_t accepted = judged - static_cast<std::int64_t>(refused_ - start.refused);
  fruitless_ = paced && accepted <= 0 ? fruitless_ + 1 : 0;
  unit_ = std::clamp<duration>(advised, accepted < last_requests ? 250ms : 1s, 10s);
  if (fruitless_ == 0) {
    const bool brief = now - start.at < 2 * unit_;
    if (!paced) hold_ = 1;
    if (paced && !brief) hold_ = std::min(hold_ * 2, longest_hold);
    // `brief` means that the pause before ended less than two advised waits ago: the rate that it set was too
    // high.
    const double before = paced ? steady_rate(now) : 0;
    highest_rate_ = before > 0 && brief ? std::max(before, first_rate_) * two_windows
                                        : std::numeric_limits<double>::infinity();
    // Requests from before the oldest mark are not counted, once others were overwritten.
    const bool forgotten =
        !paced && marks_taken_ > marks_.size() && marks_[marks_taken_ % marks_.size()].at > now - advised;
    measured_ = std::max({forgotten ? duration{} : advised, now - start.at, shortest_measured});
    measured_from_ = start.sent;
    measured_to_ = newest_refused_;
    accepted_ = accepted;
    floor_rate_ = std::max(before, 0.0) / 2;
    proven_rate_ = first_rate_ = rate_ = measured_rate();
  } else {
    measured_to_ = 0;
    // Rather a closed server than a quota.
    if (fruitless_ >= 2) {
      hold_ = 0;
      unit_ = std::max<duration>(unit_ / 2, 250ms);
    }
    if (fruitless_ > fruitless_as_advised) {
      const double longer =
          in_seconds(advised) * std::pow(1.5, std::min(fruitless_ - fruitless_as_advised, 20));
      advised = std::max(advised, std::min<duration>(to_duration(longer), longest_guess));
    }
  }
  pause_until(now, advised, uniform01);
}

void admission_pacer::pause_until(time_point now, duration length, double uniform01) {
  // NaN becomes 0.
  const double share = uniform01 >= 0 ? std::min(uniform01, 1.0) : 0;
  // A sixteenth of the wait is added at random, so that several processes with the same advice do not resume
  // together.
  until_ = now + length + to_duration(in_seconds(std::clamp<duration>(length / 16, 1ms, 500ms)) * share);
  next_ = until_;
  // A rate is judged only after the refusals that it may cause can have come.
  unit_ = std::max(unit_, 2 * refusal_delay_);
  first_gap_ = std::clamp<duration>(
      std::max(std::min<duration>(length / 10, 100ms), refusal_delay_ + refusal_delay_ / 4), 1ms, 250ms);
  grow_from_ = until_ + hold_ * unit_;
  last_refusals_ = 0;
  newest_refused_ = first_counted_ = sent_.load(std::memory_order_relaxed);
  resumed_.reset();
  limiting_.store(true, std::memory_order_relaxed);
}

/// Returns 0 if nothing was accepted: no rate is known.
double admission_pacer::measured_rate() const {
  const auto accepted = static_cast<double>(std::max<std::int64_t>(accepted_, 0));
  return std::max(std::min(highest_rate_, accepted / in_seconds(measured_)), floor_rate_);
}

/// Fewer were accepted than it seemed. A known rate stays known. A rate that refusals have lowered since
/// stays low.
void admission_pacer::correct_rate() {
  const double most = std::max(measured_rate(), 1 / in_seconds(measured_));
  for (double* each : {&rate_, &proven_rate_, &first_rate_}) *each = std::min(*each, most);
}

void admission_pacer::slow_down(time_point sent, time_point now) {
  const double before = steady_rate(now);
  if (before <= 0) return;
  // Back to the rate that was accepted last.
  if (now > grow_from_) {
    proven_rate_ = rate_;
    first_rate_ = rate_ = steady_rate(now - unit_);
    grown_until_ = now;
    hold_ = std::clamp(hold_ * 2, 1, longest_hold);
  } else if (rate_ > proven_rate_) {
    if (sent < grown_until_) return;
    rate_ = std::max(before * 0.9, proven_rate_);
  } else {  // one request in an advised wait was too much
    rate_ = std::max(before * 0.9, before - 1 / in_seconds(unit_));
  }
  grow_from_ = now + hold_ * unit_;
  const double lowest = useless * std::min(first_rate_, proven_rate_);
  // Below it the rate is not the cause of the refusals, so it is not lowered further.
  if (rate_ >= lowest) return;
  rate_ = lowest;
  if (refusals_are_scattered(64)) stop_pacing(now);
}

void admission_pacer::stop_pacing(time_point now) {
  limiting_.store(false, std::memory_order_relaxed);
  careful_until_ = now + remembered;
  last_refusals_ = 0;
}

/// Whether it is still unknown if anything is accepted after the pause.
bool admission_pacer::is_probing(time_point now) const {
  return !resumed_ || now < resumed_->at + 2 * refusal_delay_ + 10ms;
}

double admission_pacer::advised_waits_of_growth(time_point now) const {
  return std::max(0.0, in_seconds(now - grow_from_) / in_seconds(unit_));
}

/// Returns the rate without the slow start after a pause.
double admission_pacer::steady_rate(time_point now) const {
  const double x = std::min(advised_waits_of_growth(now), 2 * end_of_growth);
  return rate_ * std::exp(growth_factor * x * x * x);
}

/// The rate starts with one request at a time, and doubles once a refusal could have come.
double admission_pacer::rate_at(time_point now) const {
  const double first_gap = in_seconds(first_gap_);
  // Without a known rate it grows until it is refused, or until it is beyond every limit.
  const double doubling = std::clamp(2 * in_seconds(refusal_delay_), first_gap, 1.0);
  const double start = std::exp2(std::min(in_seconds(now - until_) / doubling, 40.0)) / first_gap;
  const double rate = rate_ > 0 ? std::min(start, steady_rate(now)) : start;
  return std::max(rate, lowest_rate);
}

bool admission_pacer::is_over(time_point now) const {
  if (now < until_) return false;
  return rate_ > 0 ? advised_waits_of_growth(now) >= end_of_growth : rate_at(now) >= top_rate;
}

}  // namespace corochain::codec
