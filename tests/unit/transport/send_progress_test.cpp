// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/send_progress.hpp"

#include <gtest/gtest.h>

namespace corochain::transport::send_progress_test {
namespace {
using namespace std::chrono_literals;
using clock = send_progress::clock;

constexpr clock::time_point start{1h};

/// Returns when a request counts as standing still, if it is checked at the requested times. `left` is the
/// number of bytes that have left at a time.
template <class Left>
std::optional<clock::duration> noticed_after(clock::duration patience, Left left, clock::duration most) {
  send_progress progress(patience, start, left(clock::duration::zero()));
  for (clock::duration passed{};;) {
    const auto next = progress.look(start + passed, left(passed));
    if (!next) return passed;
    EXPECT_GT(*next, clock::duration::zero());
    passed += *next;
    if (passed > most) return std::nullopt;
  }
}

TEST(send_progress, notices_that_nothing_ever_left) {
  const auto never = [](clock::duration) { return 0u; };
  for (const clock::duration patience : {clock::duration(60s), clock::duration(7ms), clock::duration(1h)})
    EXPECT_EQ(noticed_after(patience, never, 10 * patience), patience);
}

TEST(send_progress, counts_from_the_last_byte_that_left) {
  for (const clock::duration last : {clock::duration(1s), clock::duration(59s), clock::duration(5min)}) {
    const auto until_then = [&](clock::duration passed) { return std::min(passed, last) / 1ms; };
    const auto noticed = noticed_after(60s, until_then, 1h);
    ASSERT_TRUE(noticed);
    EXPECT_GE(*noticed, last + 60s);
    EXPECT_LE(*noticed, last + 60s + 60s / 8);
  }
}

TEST(send_progress, lives_on_as_long_as_a_byte_leaves_now_and_then) {
  EXPECT_EQ(noticed_after(60s, [](clock::duration passed) { return passed / 50s; }, 24h), std::nullopt);
  EXPECT_EQ(noticed_after(80ms, [](clock::duration passed) { return passed / 60ms; }, 1min), std::nullopt);
  EXPECT_NE(noticed_after(60s, [](clock::duration passed) { return passed / 70s; }, 24h), std::nullopt);
}

TEST(send_progress, takes_a_patience_of_any_length) {
  send_progress endless(clock::duration::max(), start, 5);
  EXPECT_TRUE(endless.look(start + 24h, 5));
  send_progress none(1ns, start, 5);
  EXPECT_TRUE(none.look(start, 5));
  EXPECT_FALSE(none.look(start + 1ns, 5));
}

/// A system that counts bytes that it sends again may seem to have fewer bytes that left.
TEST(send_progress, is_not_revived_by_fewer_bytes) {
  const auto back_and_forth = [](clock::duration passed) { return 100u - (passed / 10s % 2 ? 10u : 0u); };
  EXPECT_EQ(noticed_after(60s, back_and_forth, 10min), clock::duration(60s));
}

/// The process got no processor meanwhile, or the machine slept.
TEST(send_progress, a_late_look_counts_as_if_it_had_come_in_time) {
  for (const clock::duration late : {clock::duration(59s), clock::duration(60s), clock::duration(24h)}) {
    send_progress progress(60s, start, 5);
    auto now = start;
    ASSERT_TRUE(progress.look(now, 5));
    int looks = 0;
    for (; progress.look(now += late, 5); ++looks) {
    }
    EXPECT_EQ(looks, 7) << late / 1s;
  }
}

/// An early check adds no more than the time that has passed.
TEST(send_progress, early_looks_do_not_count_twice) {
  send_progress progress(60s, start, 5);
  auto now = start;
  while (progress.look(now, 5)) now += 1s;
  EXPECT_EQ(now - start, 60s);
}

}  // namespace
}  // namespace corochain::transport::send_progress_test
