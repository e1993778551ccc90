// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/retry/admission_pacer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

namespace corochain::codec::admission_pacer_test {
namespace {
using namespace std::chrono_literals;
using duration = admission_pacer::duration;
using time_point = admission_pacer::time_point;
using departure = admission_pacer::departure;

const time_point start{std::chrono::hours(100)};

/// A pacer and a clock.
struct deployment {
  admission_pacer pacer;
  time_point now = start;

  departure send() {
    admission_pacer::caller caller(pacer);
    const auto said = caller.ask(now);
    EXPECT_TRUE(said.sent) << "at " << (now - start).count();
    return said.sent.value_or(departure{});
  }
  std::vector<departure> send(int count) {
    std::vector<departure> all;
    for (int i = 0; i < count; ++i) all.push_back(send());
    return all;
  }
  bool refuse(const departure& sent, duration advised = 1s, double uniform01 = 0) {
    return pacer.refused(sent, now, now - sent.at, advised, uniform01);
  }
  /// Refuses the requests. Returns how many of the refusals begin a pause.
  int refuse(const std::vector<departure>& sent, duration advised = 1s) {
    return static_cast<int>(std::count_if(sent.begin(), sent.end(),
                                          [&](const departure& each) { return refuse(each, advised); }));
  }
  /// Sends the next request of a caller that asks now, and again whenever it is told to. The time is then
  /// that of the request.
  departure wait_and_send() {
    admission_pacer::caller caller(pacer);
    for (;;) {
      const auto said = caller.ask(now);
      if (said.sent) return *said.sent;
      EXPECT_GT(said.ask_again, now);
      now = said.ask_again;
    }
  }
  duration wait() {
    const time_point before = now;
    wait_and_send();
    return now - before;
  }
  /// 50 of 100 requests that were sent at once are refused: a pause until `now` + 1 s, then 50 per second.
  void use_up_quota() {
    const auto all = send(100);
    now += 50ms;
    EXPECT_EQ(refuse(std::vector(all.begin() + 50, all.end())), 1);
  }
};

TEST(admission_pacer, without_refusals_calls_go_at_once) {
  deployment one;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(one.send().number, static_cast<std::uint64_t>(i));
    one.now += 1ms * (i % 7) + 100ms * (i % 11 == 0);
  }
  EXPECT_FALSE(one.pacer.limits(one.now));
}

TEST(admission_pacer, some_refusals_pause_nobody) {
  for (const int of : {2, 3, 5, 10}) {  // one of this many
    deployment one;
    one.send(of == 2 ? 16 : 1);
    for (int i = 0; i < 300; ++i) {
      const departure sent = one.send();
      one.now += 10ms;
      const bool paused = i % of == of - 1 && one.refuse(sent, 60s);
      EXPECT_FALSE(paused) << of << ", " << i;
    }
    EXPECT_FALSE(one.pacer.limits(one.now));
  }
}

TEST(admission_pacer, when_most_are_refused_all_pause) {
  deployment one;
  const auto all = one.send(100);
  one.now += 20ms;
  std::size_t refusals = 0;
  // Two of three are refused, after many that were not.
  for (std::size_t i = 50; i < 100 && !one.pacer.limits(one.now); ++i) {
    if (i % 3 == 0) continue;
    ++refusals;
    one.refuse(all[i], 2s);
  }
  EXPECT_GE(refusals, 9u);
  EXPECT_LE(refusals, 11u);
  admission_pacer::caller caller(one.pacer);
  const auto said = caller.ask(one.now);
  EXPECT_FALSE(said.sent);
  EXPECT_EQ(said.pause_end, one.now + 2s);
  EXPECT_GE(said.ask_again, one.now + 2s);
}

TEST(admission_pacer, a_row_of_refusals_is_most_of_few_callers) {
  deployment one;
  one.send(30);
  one.now += 1s;
  const auto last = one.send(6);
  one.now += 10ms;
  for (std::size_t i = 0; i < 5; ++i) EXPECT_FALSE(one.refuse(last[i])) << i;
  EXPECT_TRUE(one.refuse(last[5]));
}

TEST(admission_pacer, the_only_request_is_most) {
  deployment one;
  const departure sent = one.send();
  one.now += 5ms;
  EXPECT_TRUE(one.refuse(sent, 60s));
  EXPECT_EQ(one.wait(), 60s);
  deployment two;
  const auto both = two.send(2);
  EXPECT_FALSE(two.refuse(both[0])) << "half of them";
  EXPECT_TRUE(two.refuse(both[1]));
}

TEST(admission_pacer, old_requests_tell_nothing) {
  deployment one;
  for (int i = 0; i < 100; ++i) {
    one.send();
    one.now += 100ms;
  }
  one.now += 11s;
  const departure sent = one.send();
  EXPECT_TRUE(one.refuse(sent, 3s));
}

TEST(admission_pacer, refusals_from_before_the_pause_extend_nothing) {
  deployment one;
  const auto all = one.send(64);
  one.now += 10ms;
  EXPECT_EQ(one.refuse(all, 1s), 1);
  one.now += 400ms;
  EXPECT_EQ(one.refuse(all, 60s), 0);
  EXPECT_EQ(one.wait(), 600ms);
}

TEST(admission_pacer, resumes_at_the_rate_that_was_accepted) {
  deployment one;
  one.use_up_quota();
  const time_point end = one.now + 1s;
  std::vector<time_point> turns;
  for (int i = 0; i < 60; ++i) {
    one.wait();
    turns.push_back(one.now);
  }
  EXPECT_EQ(turns.front(), end);
  EXPECT_GE(turns[1] - turns[0], 60ms) << "slower at first";
  for (std::size_t i = 1; i < turns.size(); ++i) EXPECT_GE(turns[i] - turns[i - 1], 19ms) << i;
  for (std::size_t i = 20; i < turns.size(); ++i) EXPECT_LE(turns[i] - turns[i - 1], 21ms) << i;
}

TEST(admission_pacer, first_come_first_served) {
  deployment one;
  one.use_up_quota();
  std::vector<std::unique_ptr<admission_pacer::caller>> waiting;
  std::vector<time_point> asks;
  for (int i = 0; i < 40; ++i) {
    waiting.push_back(std::make_unique<admission_pacer::caller>(one.pacer));
    asks.push_back(waiting.back()->ask(one.now).ask_again);
  }
  std::vector<std::size_t> order;
  while (order.size() < waiting.size()) {
    const auto next = static_cast<std::size_t>(std::min_element(asks.begin(), asks.end()) - asks.begin());
    const auto said = waiting[next]->ask(asks[next]);
    if (said.sent) order.push_back(next);
    asks[next] = said.sent ? time_point::max() : said.ask_again;
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    EXPECT_NEAR(static_cast<double>(order[i]), static_cast<double>(i), 6) << "the turn of another";
}

TEST(admission_pacer, places_that_are_given_up_hold_nobody_back) {
  deployment one;
  one.use_up_quota();
  {
    std::vector<std::unique_ptr<admission_pacer::caller>> cancelled;
    for (int i = 0; i < 1000; ++i) {
      cancelled.push_back(std::make_unique<admission_pacer::caller>(one.pacer));
      EXPECT_FALSE(cancelled.back()->ask(one.now).sent);
    }
  }
  EXPECT_LE(one.wait(), 1s);
}

TEST(admission_pacer, callers_that_never_ask_again_hold_nobody_back) {
  for (const int absent : {3, 40, 1000}) {
    deployment one;
    one.use_up_quota();
    std::vector<std::unique_ptr<admission_pacer::caller>> blocked;
    for (int i = 0; i < absent; ++i) {
      blocked.push_back(std::make_unique<admission_pacer::caller>(one.pacer));
      EXPECT_FALSE(blocked.back()->ask(one.now).sent);
    }
    EXPECT_LE(one.wait(), 1s + 2500ms) << absent;
    for (int i = 0; i < 30; ++i) EXPECT_LE(one.wait(), 100ms) << absent << ", " << i;
    // They keep their places in the queue.
    for (int i = 0; i < 3; ++i) {
      one.now += 20ms;
      EXPECT_TRUE(blocked[static_cast<std::size_t>(i)]->ask(one.now).sent) << absent << ", " << i;
    }
  }
}

TEST(admission_pacer, refused_callers_do_not_wait_for_those_that_left) {
  deployment one;
  one.use_up_quota();
  std::vector<std::unique_ptr<admission_pacer::caller>> blocked;
  for (int i = 0; i < 20; ++i) {
    blocked.push_back(std::make_unique<admission_pacer::caller>(one.pacer));
    blocked.back()->ask(one.now);
  }
  admission_pacer::caller again(one.pacer);
  const auto turn = [&] {
    for (auto said = again.ask(one.now);; said = again.ask(one.now)) {
      if (said.sent) return *said.sent;
      one.now = said.ask_again;
    }
  };
  while (!one.refuse(turn())) EXPECT_LE(one.now, start + 20s);
  const time_point before = one.now;
  turn();
  EXPECT_LE(one.now, before + 1s + 2500ms);
}

TEST(admission_pacer, a_gap_before_a_burst_lowers_no_rate) {
  for (const duration gap : {duration(3s), duration(20s), duration(10min), duration(9h)}) {
    deployment one;
    for (int i = 0; i < 3; ++i) {
      one.send();
      one.now += 400ms;
    }
    one.now += gap;
    one.use_up_quota();
    for (int i = 0; i < 20; ++i) one.wait();
    EXPECT_GE(one.wait(), 19ms) << gap / 1s;
    EXPECT_LE(one.wait(), 21ms) << gap / 1s;
  }
}

TEST(admission_pacer, a_long_advice_measures_a_long_time) {
  // The longest waits are longer than refusals are remembered.
  for (const duration advised : {5s, 30s, 100s, 120s, 150s, 600s}) {
    deployment one;
    for (int i = 0; i < 2000; ++i) {  // ten per second
      one.send();
      one.now += 100ms;
    }
    EXPECT_EQ(one.refuse(one.send(6), advised), 1);
    for (int i = 0; i < 30; ++i) one.wait();
    EXPECT_NEAR(static_cast<double>(one.wait() / 1ms), 100, 6) << advised / 1s;
  }
}

TEST(admission_pacer, late_refusals_do_not_count_after_the_pause) {
  const auto gaps_after_second_pause = [](bool late) {
    deployment one;
    const auto all = one.send(150);
    one.now += 50ms;
    EXPECT_EQ(one.refuse(std::vector(all.begin() + 50, all.begin() + 56)), 1);
    if (late) one.wait();
    for (std::size_t i = 56; i < all.size(); ++i)
      EXPECT_FALSE(one.pacer.refused(all[i], one.now, 50ms, 1s, 0));
    if (!late) one.wait();
    for (int i = 0; i < 60; ++i) one.wait();
    for (int i = 0; i < 20 && !one.pacer.refused(one.wait_and_send(), one.now, 50ms, 1s, 0);) ++i;
    std::vector<duration> gaps;
    for (int i = 0; i < 40; ++i) gaps.push_back(one.wait());
    EXPECT_GE(gaps[0], 1s) << "no pause";
    return gaps;
  };
  EXPECT_EQ(gaps_after_second_pause(true), gaps_after_second_pause(false));
}

TEST(admission_pacer, late_refusals_do_not_undo_a_lower_rate) {
  const auto time_of_turns = [](int late) {
    deployment one;
    const auto all = one.send(56);
    one.now += 50ms;
    EXPECT_EQ(one.refuse(std::vector(all.begin() + 50, all.end())), 1);
    for (int i = 0; i < 5; ++i) {
      for (int k = 0; k < 12; ++k) one.wait();
      EXPECT_FALSE(one.refuse(one.wait_and_send()));
    }
    for (int i = 0; i < late; ++i) one.pacer.refused(all[static_cast<std::size_t>(i)], one.now, 50ms, 1s, 0);
    const time_point before = one.now;
    for (int i = 0; i < 20; ++i) one.wait();
    return one.now - before;
  };
  EXPECT_GE(time_of_turns(0), 440ms) << "the refusals have lowered it";
  EXPECT_EQ(time_of_turns(1), time_of_turns(0));
  EXPECT_GT(time_of_turns(30), time_of_turns(0)) << "but they may lower it further";
}

TEST(admission_pacer, late_refusals_do_not_make_the_rate_unknown) {
  deployment one;
  const auto all = one.send(56);
  one.now += 50ms;
  EXPECT_EQ(one.refuse(std::vector(all.begin() + 50, all.end())), 1);
  EXPECT_EQ(one.refuse(std::vector(all.begin(), all.begin() + 50)), 0);
  const time_point before = one.now;
  for (int i = 0; i < 10; ++i) one.wait();
  EXPECT_GE(one.now - before, 4s);
}

TEST(admission_pacer, a_closed_server_is_tried_by_few) {
  deployment one;
  const auto all = one.send(64);
  one.now += 30ms;
  one.refuse(all);
  for (int round = 0; round < 4; ++round) {
    int tries = 0;
    for (bool paused = false; !paused && tries < 10; ++tries) {
      const departure sent = one.wait_and_send();
      one.now += 5ms;
      paused = one.refuse(sent);
    }
    EXPECT_LE(tries, 2) << round;
  }
}

TEST(admission_pacer, long_closed_servers_are_tried_less_often) {
  deployment one;
  one.refuse(one.send());
  std::vector<duration> pauses;
  for (int round = 0; round < 20; ++round) {
    const time_point before = one.now;
    const departure sent = one.wait_and_send();
    pauses.push_back(one.now - before);
    EXPECT_TRUE(one.refuse(sent)) << round;
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(pauses[i], 1s) << i;
  EXPECT_GT(pauses[8], 3s);
  EXPECT_EQ(pauses.back(), 8s) << "but not for long";
}

TEST(admission_pacer, refusals_between_answers_end_the_pacing) {
  deployment one;
  one.use_up_quota();
  for (int i = 0; one.pacer.limits(one.now) && i < 1000; ++i) {
    const departure sent = one.wait_and_send();
    if (i % 2 == 0) one.refuse(sent);
  }
  EXPECT_FALSE(one.pacer.limits(one.now));
  // Now more refusals are needed than a few in a row.
  const auto some = one.send(12);
  EXPECT_EQ(one.refuse(some), 0);
}

TEST(admission_pacer, a_refusal_lowers_the_rate) {
  deployment one;
  one.use_up_quota();
  one.now += 3s;
  for (int i = 0; i < 30; ++i) one.wait();
  const duration fast = one.wait();
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 20; ++k) one.wait();
    EXPECT_FALSE(one.refuse(one.wait_and_send()));
  }
  one.wait();
  EXPECT_GT(one.wait(), fast);
}

TEST(admission_pacer, ends_soon_when_nothing_is_refused) {
  deployment one;
  one.use_up_quota();
  EXPECT_TRUE(one.pacer.limits(one.now));
  EXPECT_TRUE(one.pacer.limits(one.now + 2s));
  EXPECT_FALSE(one.pacer.limits(one.now + 8s));
  one.now += 8s;
  one.send(1000);
}

TEST(admission_pacer, brief_pauses_are_brief) {
  deployment one;
  const departure sent = one.send();
  EXPECT_TRUE(one.refuse(sent, 2ms));
  for (int i = 0; i < 20; ++i) one.wait();
  EXPECT_LT(one.now, start + 100ms);
}

TEST(admission_pacer, processes_resume_at_different_times) {
  deployment one, two;
  one.refuse(one.send(), 60s, 0.0);
  two.refuse(two.send(), 60s, 1.0);
  EXPECT_GE(two.wait() - one.wait(), 400ms);
}

TEST(admission_pacer, odd_values_do_no_harm) {
  for (const double luck :
       {-1.0, 0.0, 2.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    for (const duration advised : {duration(1), duration(1ms), duration(1h), duration::max()}) {
      deployment one;
      EXPECT_TRUE(one.refuse(one.send(), advised, luck));
      EXPECT_LE(one.wait(), 25h);
    }
}

TEST(admission_pacer, threads_send_no_request_twice) {
  deployment one;
  one.use_up_quota();
  std::vector<std::vector<std::uint64_t>> sent(4);
  std::vector<std::thread> threads;
  for (auto& mine : sent)
    threads.emplace_back([&one, &mine] {
      for (int i = 0; i < 300; ++i) {
        admission_pacer::caller caller(one.pacer);
        time_point at = start + 10ms * i;
        for (auto said = caller.ask(at);; said = caller.ask(at)) {
          if (said.sent) {
            mine.push_back(said.sent->number);
            if (i % 3 == 0) one.pacer.refused(*said.sent, at, 1ms, 100ms, 0.5);
            break;
          }
          at = said.ask_again;
        }
      }
    });
  for (auto& each : threads) each.join();
  std::vector<std::uint64_t> all;
  for (const auto& mine : sent) all.insert(all.end(), mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 1200u);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

}  // namespace
}  // namespace corochain::codec::admission_pacer_test
