// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "codec/retry/admission_pacer.hpp"

namespace corochain::codec::admission_queue_test {
namespace {
using namespace std::chrono_literals;
using time_point = admission_pacer::time_point;

/// Callers in a pause that begins with the quota used up, at a rate of 50 per second.
struct queue {
  queue() {
    std::vector<admission_pacer::departure> sent;
    for (int i = 0; i < 100; ++i) sent.push_back(admission_pacer::caller(pacer).ask(now).sent.value());
    now += 50ms;
    for (std::size_t i = 50; i < sent.size(); ++i) pacer.refused(sent[i], now, 50ms, 1s, 0);
  }
  /// Adds callers that ask now.
  void join(int count) {
    for (int i = 0; i < count; ++i) {
      waiting.push_back(std::make_unique<admission_pacer::caller>(pacer));
      EXPECT_FALSE(waiting.back()->ask(now).sent);
    }
  }

  admission_pacer pacer;
  time_point now{std::chrono::hours(100)};
  std::vector<std::unique_ptr<admission_pacer::caller>> waiting;
};

/// Callers that did not ask for long are counted as absent. Those that come after them are not.
TEST(admission_queue, an_empty_one_counts_nobody_as_absent) {
  queue callers;
  callers.join(41);
  callers.now += 1s;  // the end of the pause
  callers.now += 1500ms;
  EXPECT_TRUE(callers.waiting.back()->ask(callers.now).sent) << "nobody else has asked";
  while (!callers.waiting.empty()) callers.waiting.pop_back();  // the last one first
  ASSERT_TRUE(callers.pacer.limits(callers.now));
  EXPECT_TRUE(admission_pacer::caller(callers.pacer).ask(callers.now).sent) << "one more that is in time";
  callers.join(15);
  callers.now += 50ms;
  EXPECT_FALSE(callers.waiting.back()->ask(callers.now).sent) << "fourteen were there before";
  EXPECT_TRUE(callers.waiting.front()->ask(callers.now).sent);
}

}  // namespace
}  // namespace corochain::codec::admission_queue_test
