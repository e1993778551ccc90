// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <corochain/corochain.hpp>
#include <string>
#include <vector>

#include "support/virtual_work.hpp"
#include "support/wait_forever.hpp"

namespace corochain::stop_cause_test {
namespace {
namespace asio = boost::asio;
using test::virtual_work;
using testing::VirtualTime;
using namespace std::chrono_literals;

struct StopCause : ::testing::Test {
  VirtualTime time;
  virtual_work work{time};
};

awaitable<void> ask_at_the_end(std::string& told) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  EXPECT_FALSE(stop_cause(here));
  int alive = 0;
  try {
    co_await test::wait_forever(alive);
  } catch (const boost::system::system_error& error) {
    EXPECT_TRUE(error.code() == ErrorCondition::cancelled);
  }
  const auto cause = stop_cause(here);
  told = cause ? std::string(to_string(cause->kind())) + ": " + cause->message() : "none";
}

TEST_F(StopCause, says_what_ended_the_work) {
  std::string told;
  EXPECT_NO_THROW(time.run(until(ask_at_the_end(told), work.wait(1h))));
  EXPECT_EQ(told, "cancelled: the call was stopped: the stop that was given to until() has come");
  EXPECT_NO_THROW(time.run(timeout(1h, ask_at_the_end(told))));
  EXPECT_EQ(told, "timeout: the time given to the whole call was over before it was done");
  EXPECT_THROW(time.run(timeout(2h, timeout(1h, until(ask_at_the_end(told), work.wait(2h))))), TimeoutError);
  EXPECT_EQ(told.substr(0, 8), "timeout:");
  std::vector<awaitable<void>> calls;
  calls.push_back(ask_at_the_end(told));
  time.run(gather_results(std::move(calls), {.timeout = 1h}));
  EXPECT_EQ(told, "timeout: the time for all calls together was over before all of them were done");
  const auto step = RunnableLambda([&told](int) -> awaitable<int> {
    co_await ask_at_the_end(told);
    co_return 1;
  });
  EXPECT_EQ(time.run(step.ainvoke(1, RunConfig().timeout(1h))), 1);
  EXPECT_EQ(told.substr(0, 8), "timeout:");
}

TEST_F(StopCause, of_a_cancel_from_outside_is_none) {
  std::string told;
  EXPECT_NO_THROW(time.run(race(ask_at_the_end(told), work.wait(1h))));
  EXPECT_EQ(told, "none");
  EXPECT_FALSE(stop_cause(asio::any_io_executor()));
  asio::io_context loop;
  EXPECT_FALSE(stop_cause(loop.get_executor()));
}

/// A step of the user's own, which has the context as an argument.
class asks final : public step<std::string, std::string> {
 public:
  const char* name() const noexcept override { return "Asks"; }
  awaitable<void> call(std::string, const call_context& context,
                       std::optional<std::string>& answer) const override {
    int alive = 0;
    try {
      co_await test::wait_forever(alive);
    } catch (const boost::system::system_error&) {
    }
    const auto cause = context.stop_cause();
    answer = cause ? to_string(cause->kind()) : "none";
  }
};

TEST_F(StopCause, is_known_to_a_step_of_the_users_own) {
  const auto chain = make_runnable<asks>();
  EXPECT_EQ(time.run(until(chain.ainvoke("q"), work.wait(1h))), "cancelled");
  EXPECT_EQ(time.run(chain.ainvoke("q", RunConfig().timeout(1h))), "timeout");
}

}  // namespace
}  // namespace corochain::stop_cause_test
