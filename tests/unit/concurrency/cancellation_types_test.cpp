// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <corochain/corochain.hpp>
#include <functional>
#include <string>

#include "support/wait_forever.hpp"

namespace corochain::cancellation_types_test {
namespace {
namespace asio = boost::asio;
using test::wait_forever;
using namespace std::chrono_literals;

std::vector<awaitable<int>> two(int& alive) {
  std::vector<awaitable<int>> calls;
  calls.push_back(wait_forever(alive));
  calls.push_back(wait_forever(alive));
  return calls;
}
awaitable<void> drop(awaitable<std::vector<int>> call) { (void)co_await std::move(call); }
awaitable<void> drop(awaitable<int> call) { (void)co_await std::move(call); }

/// Every way in which a call of the library waits.
std::vector<std::function<awaitable<void>(int&)>> waits() {
  return {[](int& alive) { return drop(gather(two(alive))); },
          [](int& alive) { return drop(race(two(alive))); },
          [](int& alive) { return drop(timeout(1h, wait_forever(alive))); },
          [](int& alive) { return drop(until(wait_forever(alive), wait_forever(alive))); },
          [](int& alive) {
            const auto chain = RunnableLambda([&alive](int) { return wait_forever(alive); });
            return drop(chain.ainvoke(1));
          }};
}

awaitable<void> heeds_all(awaitable<void> call) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await std::move(call);
}

/// Whether a call that waits ends when a signal of this type comes.
bool ends_by(asio::cancellation_type type, awaitable<void> call, const int& alive) {
  asio::io_context loop;
  asio::cancellation_signal signal;
  bool ended = false;
  asio::co_spawn(loop, std::move(call),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
                   ended = error != nullptr;
                   EXPECT_EQ(alive, 0);
                 }));
  loop.poll();
  EXPECT_GT(alive, 0);
  signal.emit(type);
  loop.poll();
  const bool ended_by_it = ended;
  signal.emit(asio::cancellation_type::terminal);
  loop.poll();
  EXPECT_TRUE(ended);
  return ended_by_it;
}

TEST(CancellationTypes, asio_lets_only_terminal_into_what_it_spawns) {
  for (const auto& make : waits()) {
    int alive = 0;
    EXPECT_TRUE(ends_by(asio::cancellation_type::terminal, make(alive), alive));
    EXPECT_FALSE(ends_by(asio::cancellation_type::partial, make(alive), alive));
    EXPECT_FALSE(ends_by(asio::cancellation_type::total, make(alive), alive));
  }
}

TEST(CancellationTypes, all_are_passed_on_by_calls_of_the_library) {
  for (const auto& make : waits())
    for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                            asio::cancellation_type::total}) {
      int alive = 0;
      EXPECT_TRUE(ends_by(type, heeds_all(make(alive)), alive));
    }
}

}  // namespace
}  // namespace corochain::cancellation_types_test
