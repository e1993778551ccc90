// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "concurrency/turnstile.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <corochain/corochain.hpp>
#include <memory>
#include <vector>

#include "support/virtual_work.hpp"

namespace corochain::turnstile_test {
namespace {
using detail::turnstile;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

awaitable<void> pass_through(std::shared_ptr<turnstile> gate, virtual_work& work, std::vector<int>& order,
                             int who) {
  const auto pass = co_await turnstile::enter(gate);
  order.push_back(who);
  co_await work.wait(10ms);
}

TEST(Turnstile, LetsOneThroughAtATimeInOrder) {
  VirtualTime time;
  virtual_work work(time);
  const auto gate = std::make_shared<turnstile>();
  std::vector<int> order;
  std::vector<awaitable<void>> all;
  for (int i = 0; i < 5; ++i) all.push_back(pass_through(gate, work, order, i));
  time.run(gather(std::move(all)));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(work.alive().peak, 1);
  EXPECT_EQ(gate->waiting(), 0u);
}

TEST(Turnstile, KeepsNothingOfWhoWasCancelled) {
  VirtualTime time;
  virtual_work work(time);
  const auto gate = std::make_shared<turnstile>();
  std::vector<int> order;
  auto main = [](std::shared_ptr<turnstile> through, virtual_work& w,
                 std::vector<int>& passed) -> awaitable<void> {
    const auto held = co_await turnstile::enter(through);
    for (int round = 0; round < 3; ++round) {
      std::vector<awaitable<void>> some;
      for (int i = 0; i < 10; ++i) some.push_back(pass_through(through, w, passed, i));
      some.push_back(w.wait(1ms));
      co_await race(std::move(some));
      EXPECT_EQ(through->waiting(), 0u);
    }
  };
  time.run(main(gate, work, order));
  EXPECT_TRUE(order.empty());
  time.run(pass_through(gate, work, order, 7));
  EXPECT_EQ(order, std::vector<int>{7});
}

}  // namespace
}  // namespace corochain::turnstile_test
