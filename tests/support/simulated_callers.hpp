// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <vector>

#include "codec/retry/admission_pacer.hpp"
#include "codec/retry/retry_policy.hpp"

namespace corochain::test {

using namespace std::chrono_literals;

/// A service in virtual time, the callers that draw calls from one queue, and the retry rule between them.
/// The same seed gives the same run.
class simulated_callers {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;
  struct answer {
    bool accepted = true;
    duration after{};                                // since the request arrived
    std::optional<duration> advised = std::nullopt;  // of a refusal
  };
  /// Called for each request in the order of their arrival, with the time since the start.
  using server = std::function<answer(duration now, double uniform01)>;

  struct settings {
    int calls = 500;
    int callers = 64;
    duration gap{};  ///< between the first call and all others
    duration timeout = 600s;
    duration way = 500us;  ///< of a request to the server, and of its answer back
    duration opening{};    ///< of a connection; they are opened one after another
    duration late = 1ms;   ///< timers end up to this much too late
    codec::retry_settings retries{};
    unsigned seed = 1;
  };
  struct outcome {
    int answered = 0;
    int failed = 0;
    int pauses = 0;
    duration took{};
    std::vector<duration> requests;  ///< when they came to the server
    std::vector<duration> answers;   ///< when the calls ended well
    duration longest{};              ///< of a call
  };

  static outcome run(const settings& how, const server& service) {
    simulated_callers all(how, service);
    for (int i = 0; i < how.callers; ++i) all.next_call();
    all.to_end();
    return std::move(all.seen_);
  }

 private:
  using action = std::function<void()>;
  struct event {
    time_point at;
    std::uint64_t order;
    std::shared_ptr<action> what;
    bool operator<(const event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  struct call {
    explicit call(codec::admission_pacer& pacer) : place(pacer) {}
    codec::admission_pacer::caller place;
    time_point began;
    int retries = 0;
  };
  using shared_call = std::shared_ptr<call>;

  simulated_callers(const settings& how, const server& service)
      : how_(how), service_(service), random_(how.seed) {}

  double uniform01() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }
  void at(time_point when, action what) {
    events_.push({std::max(when, now_), order_++, std::make_shared<action>(std::move(what))});
  }
  void sleep_until(time_point when, action then) {
    at(when + duration(static_cast<duration::rep>(static_cast<double>(how_.late.count()) * uniform01())),
       std::move(then));
  }
  void to_end() {
    while (!events_.empty()) {
      const event next = events_.top();
      events_.pop();
      now_ = next.at;
      (*next.what)();
    }
  }

  void next_call() {
    if (begun_ == how_.calls) return;
    if (begun_ == 1 && now_ < start_ + how_.gap) return at(start_ + how_.gap, [this] { next_call(); });
    ++begun_;
    const auto made = std::make_shared<call>(pacer_);
    made->began = now_;
    try_once(made);
  }
  void end(const shared_call& made, bool well) {
    (well ? seen_.answered : seen_.failed)++;
    if (well) seen_.answers.push_back(now_ - start_);
    seen_.longest = std::max(seen_.longest, now_ - made->began);
    seen_.took = now_ - start_;
    next_call();
  }
  void try_once(const shared_call& made) {
    const auto said = made->place.ask(now_);
    const time_point deadline = made->began + how_.timeout;
    if (!said.sent) {
      if (said.pause_end >= deadline || now_ >= deadline) return end(made, false);
      sleep_until(std::min(said.ask_again, deadline), [this, made] { try_once(made); });
      return;
    }
    const auto sent = *said.sent;
    at(connected() + how_.way, [this, made, sent] { arrive(made, sent); });
  }
  /// When the next request has its connection.
  time_point connected() {
    if (idle_ > 0) {
      --idle_;
      return now_;
    }
    opened_at_ = std::max(opened_at_, now_) + how_.opening;
    return opened_at_;
  }
  void arrive(const shared_call& made, codec::admission_pacer::departure sent) {
    const time_point arrived = now_;
    seen_.requests.push_back(now_ - start_);
    const answer said = service_(now_ - start_, uniform01());
    at(now_ + said.after + how_.way, [this, made, sent, said, arrived] {
      ++idle_;
      if (said.accepted) return end(made, true);
      refuse(made, sent, now_ - arrived, said);
    });
  }
  void refuse(const shared_call& made, codec::admission_pacer::departure sent, duration took,
              const answer& said) {
    if (pacer_.refused(sent, now_, took, said.advised, uniform01())) ++seen_.pauses;
    const codec::attempt_outcome failed{.status = 429,
                                        .kind = ErrorKind::rate_limit,
                                        .bytes_sent = true,
                                        .response_started = true,
                                        .advised = said.advised};
    const auto next = codec::decide_retry(how_.retries, failed, made->retries,
                                          made->began + how_.timeout - now_, uniform01());
    if (!next.retry) return end(made, false);
    ++made->retries;
    sleep_until(now_ + next.wait, [this, made] { try_once(made); });
  }

  const settings how_;
  const server& service_;
  std::mt19937_64 random_;
  codec::admission_pacer pacer_;
  std::priority_queue<event> events_;
  std::uint64_t order_ = 0;
  const time_point start_{std::chrono::hours(100)};
  time_point now_ = start_;
  time_point opened_at_ = start_;
  int idle_ = 0;  // connections
  int begun_ = 0;
  outcome seen_;
};

/// Servers.
inline simulated_callers::server refusing_at_random(double share, simulated_callers::duration advised,
                                                    simulated_callers::duration latency,
                                                    simulated_callers::duration refusing) {
  return [=](simulated_callers::duration, double u) -> simulated_callers::answer {
    if (u < share) return {false, refusing, advised};
    return {true, latency};
  };
}

/// Windows as the clock has them.
inline simulated_callers::server quota_of(
    int calls, simulated_callers::duration window,
    std::optional<simulated_callers::duration> advised,  // unset: the rest of the window
    simulated_callers::duration latency, simulated_callers::duration refusing,
    simulated_callers::duration phase) {
  auto used = std::make_shared<std::pair<std::int64_t, int>>(-1, 0);
  return [=](simulated_callers::duration now, double) -> simulated_callers::answer {
    const std::int64_t which = (now + phase) / window;
    if (used->first != which) *used = {which, 0};
    if (++used->second <= calls) return {true, latency};
    return {false, refusing, advised ? *advised : (which + 1) * window - (now + phase)};
  };
}

/// The server without its advice.
inline simulated_callers::server without_advice(simulated_callers::server service) {
  return [service = std::move(service)](simulated_callers::duration now, double uniform01) {
    auto said = service(now, uniform01);
    said.advised = std::nullopt;
    return said;
  };
}

/// A window begins with the first request after the last one.
inline simulated_callers::server quota_from_first(int calls, simulated_callers::duration window,
                                                  simulated_callers::duration advised,
                                                  simulated_callers::duration latency,
                                                  simulated_callers::duration refusing) {
  auto used = std::make_shared<std::pair<simulated_callers::duration, int>>(-1000h, 0);
  return [=](simulated_callers::duration now, double) -> simulated_callers::answer {
    if (now - used->first >= window) *used = {now, 0};
    if (++used->second <= calls) return {true, latency};
    return {false, refusing, advised};
  };
}

/// A bucket that is filled evenly.
inline simulated_callers::server token_bucket(double rate, double size, simulated_callers::duration advised,
                                              simulated_callers::duration latency,
                                              simulated_callers::duration refusing) {
  auto state = std::make_shared<std::pair<double, double>>(0.0, size);
  return [=](simulated_callers::duration now, double) -> simulated_callers::answer {
    const double t = std::chrono::duration<double>(now).count();
    state->second = std::min(size, state->second + (t - state->first) * rate);
    state->first = t;
    if (state->second < 1) return {false, refusing, advised};
    state->second -= 1;
    return {true, latency};
  };
}

/// Refuses all for a time.
inline simulated_callers::server stopped_between(simulated_callers::duration from,
                                                 simulated_callers::duration to,
                                                 simulated_callers::duration advised,
                                                 simulated_callers::duration latency,
                                                 simulated_callers::duration refusing) {
  return [=](simulated_callers::duration now, double) -> simulated_callers::answer {
    if (now >= from && now < to) return {false, refusing, advised};
    return {true, latency};
  };
}

}  // namespace corochain::test
