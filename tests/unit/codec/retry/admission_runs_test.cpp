// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Whole runs of `admission_pacer` in virtual time: callers that take calls from one queue, the retry rule
// with its defaults, and a server that refuses. The same seeds give the same figures on each run.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "support/simulated_callers.hpp"

namespace corochain::codec::admission_runs_test {
namespace {
using namespace std::chrono_literals;
using test::simulated_callers;
using duration = simulated_callers::duration;
using outcome = simulated_callers::outcome;
using settings = simulated_callers::settings;

settings calls_of(int calls, int callers, unsigned seed) {
  settings how;
  how.calls = calls;
  how.callers = callers;
  how.seed = seed;
  return how;
}

void expect_all_ended(const outcome& run, const settings& how) {
  EXPECT_EQ(run.answered + run.failed, how.calls) << "a call never ended";
}

/// Returns the most requests within 10 ms, from a time on.
std::size_t most_in_10_ms(const std::vector<duration>& requests, duration from) {
  std::size_t most = 0;
  for (auto first = requests.begin(), last = first; last != requests.end(); ++last) {
    if (*last < from) continue;
    while (*first < from || *last - *first > 10ms) ++first;
    most = std::max(most, static_cast<std::size_t>(last - first + 1));
  }
  return most;
}

struct random_case {
  double share;
  duration refusing;
  duration at_most;
  int errors;
};
class RefusalsAtRandom : public ::testing::TestWithParam<random_case> {};
// Without refusals it takes 1.15 s. A call fails when it is refused three times: 2 of 2,000, 16, 74.
INSTANTIATE_TEST_SUITE_P(OfAllRequests, RefusalsAtRandom,
                         ::testing::Values(random_case{0, 35ms, 1200ms, 0}, random_case{0.05, 35ms, 6s, 5},
                                           random_case{0.1, 35ms, 11s, 20}, random_case{0.1, 2ms, 11s, 20},
                                           random_case{0.2, 35ms, 20s, 35},
                                           random_case{1.0 / 3, 35ms, 35s, 110},
                                           random_case{1.0 / 3, 2ms, 35s, 110}));

TEST_P(RefusalsAtRandom, cost_little) {
  const random_case& now = GetParam();
  std::vector<duration> took;
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const settings how = calls_of(2000, 64, seed);
    const outcome run =
        simulated_callers::run(how, test::refusing_at_random(now.share, 1s, 35ms, now.refusing));
    expect_all_ended(run, how);
    EXPECT_LE(run.failed, now.errors) << seed;
    took.push_back(run.took);
  }
  std::sort(took.begin(), took.end());
  EXPECT_LE(took[2], now.at_most);
}

enum class window { of_clock, of_clock_exact, from_first, bucket };
struct quota_case {
  window kind;
  int callers;
};
class Quota : public ::testing::TestWithParam<quota_case> {
 protected:
  static simulated_callers::server server_of(window kind, unsigned seed) {
    const duration phase = 137ms * seed;
    switch (kind) {
      case window::of_clock: return test::quota_of(50, 1s, 1s, 50ms, 50ms, phase);
      case window::of_clock_exact: return test::quota_of(50, 1s, std::nullopt, 50ms, 50ms, phase);
      case window::from_first: return test::quota_from_first(50, 1s, 1s, 50ms, 50ms);
      case window::bucket: return test::token_bucket(50, 50, 1s, 50ms, 50ms);
    }
    return {};
  }
};
INSTANTIATE_TEST_SUITE_P(
    OfFiftyASecond, Quota,
    ::testing::Values(quota_case{window::of_clock, 16}, quota_case{window::of_clock, 50},
                      quota_case{window::of_clock, 100}, quota_case{window::of_clock, 500},
                      quota_case{window::of_clock_exact, 16}, quota_case{window::of_clock_exact, 50},
                      quota_case{window::of_clock_exact, 100}, quota_case{window::of_clock_exact, 500},
                      quota_case{window::from_first, 16}, quota_case{window::from_first, 50},
                      quota_case{window::from_first, 100}, quota_case{window::from_first, 500},
                      quota_case{window::bucket, 16}, quota_case{window::bucket, 50},
                      quota_case{window::bucket, 100}, quota_case{window::bucket, 500}));

TEST_P(Quota, is_used_up_and_loses_no_call) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const settings how = calls_of(500, GetParam().callers, seed);
    const outcome run = simulated_callers::run(how, server_of(GetParam().kind, seed));
    EXPECT_EQ(run.answered, 500) << seed;
    EXPECT_LE(run.took, 12s) << seed;
    EXPECT_LE(run.requests.size(), 1050u) << seed;
  }
}

/// Many servers give no advice with a 429. Refusals are spent from no retry budget: without the pause, 64 of
/// 500 calls were answered when a budget of a hundred retries was used up.
TEST_P(Quota, is_used_up_without_advice) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    settings how = calls_of(500, GetParam().callers, seed);
    how.retries.max_retries = 8;
    const auto silent = test::without_advice(server_of(GetParam().kind, seed));
    const outcome run = simulated_callers::run(how, silent);
    EXPECT_GE(run.answered, 495) << seed;
    EXPECT_LE(run.took, 25s) << seed;
    EXPECT_LE(run.requests.size(), 1050u) << seed;
  }
}

TEST_P(Quota, is_used_up_by_a_burst_after_a_gap) {
  for (const duration gap : {duration(20s), duration(10min)})
    for (unsigned seed = 1; seed <= 4; ++seed) {
      settings how = calls_of(501, GetParam().callers, seed);
      how.gap = gap;
      const outcome run = simulated_callers::run(how, server_of(GetParam().kind, seed));
      EXPECT_EQ(run.answered, 501) << seed;
      EXPECT_LE(run.took, gap + 12s) << seed;
      EXPECT_LE(run.requests.size(), 1051u) << seed;
    }
}

TEST(AdmissionRuns, two_callers_are_not_held_back_by_a_quota) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const settings how = calls_of(40, 2, seed);
    const outcome run = simulated_callers::run(how, test::quota_of(5, 1s, 1s, 50ms, 50ms, 137ms * seed));
    EXPECT_EQ(run.answered, 40) << seed;
    EXPECT_LE(run.took, 11s) << seed;
  }
}

TEST(AdmissionRuns, a_small_quota) {
  int failed = 0;
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const settings how = calls_of(100, 64, seed);
    const outcome run = simulated_callers::run(how, test::quota_of(5, 1s, 1s, 50ms, 50ms, 137ms * seed));
    expect_all_ended(run, how);
    failed += run.failed;
    EXPECT_LE(run.took, 23s) << seed;
    EXPECT_LE(run.requests.size(), 190u) << seed;
  }
  EXPECT_LE(failed, 2);
}

/// With advice as in `x-ratelimit-reset-*`, which is followed for 8 s at most; with exact advice; and with
/// advice that is far too short.
TEST(AdmissionRuns, a_quota_of_a_minute) {
  for (const auto& [advised, longest] : {std::pair<std::optional<duration>, duration>(std::nullopt, 8s),
                                         std::pair<std::optional<duration>, duration>(std::nullopt, 60s),
                                         std::pair<std::optional<duration>, duration>(1s, 60s)})
    for (unsigned seed = 1; seed <= 4; ++seed) {
      const settings how = calls_of(900, 64, seed);
      const auto quota = test::quota_of(300, 60s, advised, 50ms, 50ms, 7s * seed);
      const outcome run = simulated_callers::run(how, [&, most = longest](duration now, double uniform01) {
        auto said = quota(now, uniform01);
        if (said.advised) said.advised = std::min(*said.advised, most);
        return said;
      });
      EXPECT_EQ(run.answered, 900) << seed;
      EXPECT_LE(run.took, 180s) << seed;
      EXPECT_LE(run.requests.size(), 1050u) << seed;
    }
}

TEST(AdmissionRuns, answers_of_seconds_do_not_hide_the_quota) {
  for (const duration refusing : {5ms, 5000ms}) {
    const settings how = calls_of(1000, 500, 1);
    const outcome run = simulated_callers::run(how, test::quota_of(50, 1s, 1s, 5s, refusing, 300ms));
    EXPECT_EQ(run.answered, 1000);
    EXPECT_LE(run.requests.size(), 1500u);
    EXPECT_LE(run.took, refusing == 5ms ? 30s : 75s);
  }
  const settings how = calls_of(2000, 500, 1);
  const outcome run = simulated_callers::run(how, test::refusing_at_random(0.1, 1s, 5s, 5ms));
  EXPECT_LE(run.took, 27s) << "20 s without refusals";
  EXPECT_EQ(run.pauses, 0) << "refusals come before answers, but they are not most";
}

struct stop_case {
  int callers;
  duration from;
  duration slower;  // compared with the run without the stop, and without its 5 s
};
class FullStop : public ::testing::TestWithParam<stop_case> {};
// The last one has learned from 20 ms of answers only.
INSTANTIATE_TEST_SUITE_P(Of5s, FullStop,
                         ::testing::Values(stop_case{16, 2s, 2s}, stop_case{64, 2s, 2s},
                                           stop_case{64, 300ms, 2s}, stop_case{64, 0s, 2s},
                                           stop_case{500, 2s, 2s}, stop_case{64, 20ms, 3s}));

TEST_P(FullStop, ends_quietly_and_soon) {
  const stop_case& now = GetParam();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const settings how = calls_of(now.callers * 100, now.callers, seed);  // 3.6 s without the stop
    const auto stopped = test::stopped_between(now.from, now.from + 5s, 1s, 35ms, 35ms);
    const outcome run = simulated_callers::run(how, stopped);
    EXPECT_EQ(run.answered, how.calls) << seed;
    EXPECT_LE(run.took, 8600ms + now.slower) << seed;
    EXPECT_LE(run.pauses, 6) << seed;
    // Those in flight when it began, and a few for each pause.
    EXPECT_LE(static_cast<int>(run.requests.size()), how.calls + now.callers + 20) << seed;
    // In the first second of answers there is no burst. At full speed all callers would be answered within 36
    // ms.
    std::vector<duration> at_first;
    for (const duration each : run.requests)
      if (each >= now.from + 5s && each < now.from + 6s) at_first.push_back(each);
    EXPECT_LE(static_cast<int>(most_in_10_ms(at_first, 0s)), 8 + now.callers / 16) << seed;
    std::vector<duration> in_the_stop;
    for (const duration each : run.requests)
      if (each >= now.from + 100ms && each < now.from + 5s) in_the_stop.push_back(each);
    EXPECT_LE(most_in_10_ms(in_the_stop, 0s), 2u) << seed;
  }
}

TEST(AdmissionRuns, refusals_at_random_without_advice_cost_little) {
  for (const double share : {0.1, 0.2, 1.0 / 3})
    for (const int callers : {16, 50, 100, 500})
      for (unsigned seed = 1; seed <= 5; ++seed) {
        settings how = calls_of(500, callers, seed);
        how.retries.max_retries = 8;
        const auto silent = test::without_advice(test::refusing_at_random(share, 1s, 35ms, 35ms));
        const outcome run = simulated_callers::run(how, silent);
        EXPECT_GE(run.answered, 495) << share << ' ' << callers << ' ' << seed;
        EXPECT_LE(run.took, 25s) << share << ' ' << callers << ' ' << seed;
        EXPECT_EQ(run.pauses, 0);
      }
}

TEST(AdmissionRuns, a_quota_of_a_minute_without_advice) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    settings how = calls_of(900, 64, seed);
    how.retries.max_retries = 8;
    const outcome run = simulated_callers::run(
        how, test::without_advice(test::quota_of(300, 60s, 1s, 50ms, 50ms, 7s * seed)));
    EXPECT_EQ(run.answered, 900) << seed;
    EXPECT_LE(run.took, 180s) << seed;
    EXPECT_LE(run.requests.size(), 1100u) << seed;
  }
}

/// A server that refuses for ever, and does not say so, is not waited for call by call.
TEST(AdmissionRuns, a_closed_server_without_advice_is_given_up) {
  for (const int callers : {16, 64, 500}) {
    const settings how = calls_of(500, callers, 1);
    const auto closed = test::without_advice(test::stopped_between(0s, 100h, 1s, 35ms, 35ms));
    const outcome run = simulated_callers::run(how, closed);
    EXPECT_EQ(run.failed, 500);
    EXPECT_LE(run.took, 2min) << callers;
  }
  // Accepted requests make it worth another pause.
  settings how = calls_of(4000, 64, 1);
  how.retries.max_retries = 8;
  const auto closed_then_limited = [quota = test::quota_of(50, 1s, 1s, 50ms, 50ms, 0s)](
                                       duration now, double u) -> simulated_callers::answer {
    if (now < 100s) return {false, 35ms, std::nullopt};
    return {quota(now, u).accepted, 50ms, std::nullopt};
  };
  const outcome run = simulated_callers::run(how, closed_then_limited);
  EXPECT_GE(run.answered, 3900);
}

TEST(AdmissionRuns, without_advice_nobody_pauses) {
  const settings how = calls_of(500, 64, 1);
  const outcome run =
      simulated_callers::run(how, [](duration, double uniform01) -> simulated_callers::answer {
        if (uniform01 < 0.6) return {false, 5ms, std::nullopt};
        return {true, 35ms};
      });
  expect_all_ended(run, how);
  EXPECT_EQ(run.pauses, 0);
}

TEST(AdmissionRuns, a_deadline_before_the_end_of_a_pause_fails_at_once) {
  settings how = calls_of(300, 64, 1);
  how.timeout = 3s;
  const outcome run = simulated_callers::run(how, test::stopped_between(0s, 1h, 20s, 35ms, 35ms));
  EXPECT_EQ(run.failed, 300);
  EXPECT_LE(run.requests.size(), 64u + 10u) << "some begin before most are refused";
  EXPECT_LE(run.took, 100ms);
}

TEST(AdmissionRuns, queued_calls_end_at_their_deadline) {
  settings how = calls_of(200, 200, 1);
  how.timeout = 10s;
  const outcome run = simulated_callers::run(how, test::quota_of(5, 1s, 1s, 50ms, 50ms, 0s));
  expect_all_ended(run, how);
  EXPECT_GE(run.answered, 35);
  EXPECT_LE(run.longest, 10100ms);
}

}  // namespace
}  // namespace corochain::codec::admission_runs_test
