// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "transport/watchdog.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace corochain::transport::watchdog_test {
namespace {
using namespace std::chrono_literals;
using clock = watchdog::clock;

struct guarded_thing final : abortable {
  int aborts = 0;
  void abort() noexcept override { ++aborts; }
  /// When one of these phases passes, the next one follows.
  std::vector<Phase> follow;
  std::vector<Phase> passed;
  watchdog* dog = nullptr;
  bool goes_on(Phase phase) noexcept override {
    passed.push_back(phase);
    if (follow.size() < passed.size()) return false;
    dog->guard(follow[passed.size() - 1], clock::now() + 1ms);
    return true;
  }
};

class Watchdog : public ::testing::Test {
 protected:
  /// Runs everything that is outstanding.
  void run() {
    loop.restart();
    loop.run();
  }

  boost::asio::io_context loop;
  std::shared_ptr<guarded_thing> thing = std::make_shared<guarded_thing>();
  std::shared_ptr<watchdog> dog = std::make_shared<watchdog>(loop.get_executor(), thing);
};

TEST_F(Watchdog, aborts_once_when_a_limit_has_passed) {
  dog->guard(Phase::connect, clock::now() + 1ms);
  run();
  EXPECT_EQ(thing->aborts, 1);
  EXPECT_EQ(dog->expired_in(), Phase::connect);
}

TEST_F(Watchdog, names_the_phase_whose_limit_passes) {
  dog->guard(Phase::connect, clock::now() + 1ms);
  dog->guard(Phase::body, clock::now() + 3ms);  // moved before it passed
  run();
  EXPECT_EQ(thing->aborts, 1);
  EXPECT_EQ(dog->expired_in(), Phase::body);
}

TEST_F(Watchdog, has_nothing_outstanding_at_rest) {
  dog->guard(Phase::body, clock::now() + 1h);
  dog->rest();
  run();
  EXPECT_EQ(thing->aborts, 0);
  dog->guard(Phase::body, clock::now() + 1ms);
  run();
  EXPECT_EQ(thing->aborts, 1);
}

TEST_F(Watchdog, guards_again_after_a_time_without_a_limit) {
  dog->guard(Phase::connect, clock::now() + 1ms);
  dog->guard(Phase::first_byte, clock::time_point::max());
  run();  // the first limit passes and is not set any more
  EXPECT_EQ(thing->aborts, 0);
  dog->guard(Phase::body, clock::now() + 1ms);
  run();
  EXPECT_EQ(thing->aborts, 1);
  EXPECT_EQ(dog->expired_in(), Phase::body);
}

TEST_F(Watchdog, lets_go_on_what_sets_a_later_limit) {
  thing->dog = dog.get();
  thing->follow = {Phase::send, Phase::first_byte};
  dog->guard(Phase::send, clock::now() + 1ms);
  run();
  EXPECT_EQ(thing->passed, (std::vector<Phase>{Phase::send, Phase::send, Phase::first_byte}));
  EXPECT_EQ(thing->aborts, 1);
  EXPECT_EQ(dog->expired_in(), Phase::first_byte);
}

TEST_F(Watchdog, names_the_phase_that_it_was_left_with) {
  struct thing_that_ends final : abortable {
    void abort() noexcept override {}
    watchdog* dog = nullptr;
    bool goes_on(Phase phase) noexcept override {
      if (phase == Phase::send) dog->guard(Phase::first_byte, clock::now() - 1ms);
      return false;
    }
  };
  const auto ending = std::make_shared<thing_that_ends>();
  const auto other = std::make_shared<watchdog>(loop.get_executor(), ending);
  ending->dog = other.get();
  other->guard(Phase::send, clock::now() + 1ms);
  run();
  EXPECT_EQ(other->expired_in(), Phase::first_byte);
}

TEST_F(Watchdog, leaves_alone_what_is_gone) {
  dog->guard(Phase::connect, clock::now() + 1ms);
  thing = nullptr;
  run();
  dog = nullptr;
  run();
}

}  // namespace
}  // namespace corochain::transport::watchdog_test
