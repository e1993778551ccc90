// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <corochain/testing/virtual_time.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace corochain::testing::virtual_runs_test {
namespace {

using namespace std::chrono_literals;

/// The timers of the library in virtual time: each test passes at once, and would wait for minutes otherwise.
class VirtualRuns : public ::testing::Test {
 protected:
  /// The phase of the `TimeoutError` that `call` throws.
  template <class T>
  std::string timeout_of(awaitable<T> call) {
    try {
      (void)time.run(std::move(call));
    } catch (const TimeoutError& error) {
      return to_string(error.phase());
    }
    return "no timeout";
  }

  const VirtualTime time;
  const FakeChatModel slow{FakeReply("late").after(1h)};
  const Runnable<Messages, std::string> chain = slow | StrOutputParser();
};

TEST_F(VirtualRuns, a_fake_answers_after_its_delay) {
  EXPECT_EQ(time.run(chain.ainvoke("q")), "late");
  EXPECT_EQ(time.now(), 1h);
}

TEST_F(VirtualRuns, a_time_limit_strikes) {
  EXPECT_EQ(timeout_of(timeout(10s, chain.ainvoke("q"))), "run");
  EXPECT_EQ(time.now(), 10s);
}

TEST_F(VirtualRuns, a_time_limit_that_suffices_does_not_strike) {
  EXPECT_EQ(time.run(timeout(2h, chain.ainvoke("q"))), "late");
  EXPECT_EQ(time.now(), 1h);
}

TEST_F(VirtualRuns, the_nearer_of_two_time_limits_strikes) {
  EXPECT_EQ(timeout_of(timeout(10s, timeout(20s, chain.ainvoke("q")))), "run");
  EXPECT_EQ(time.now(), 10s);
  EXPECT_EQ(timeout_of(timeout(20s, timeout(10s, chain.ainvoke("q")))), "run");
  EXPECT_EQ(time.now(), 20s);
}

TEST_F(VirtualRuns, a_configured_time_limit_strikes) {
  const auto limited = chain.with_config(RunConfig().timeout(30s));
  EXPECT_EQ(timeout_of(limited.ainvoke("q")), "run");
  EXPECT_EQ(time.now(), 30s);
}

TEST_F(VirtualRuns, a_stream_has_its_time_limit) {
  const auto limited = chain.with_config(RunConfig().timeout(30s));
  const auto read = [](Runnable<Messages, std::string> from) -> awaitable<void> {
    auto chunks = from.astream("q");
    while (auto chunk = co_await chunks.next()) {
    }
  };
  EXPECT_THROW(time.run(read(limited)), TimeoutError);
  EXPECT_EQ(time.now(), 30s);
}

TEST_F(VirtualRuns, the_time_of_a_fan_out_ends_what_has_not_answered) {
  const FakeChatModel model({FakeReply("quick").after(1min), FakeReply("late").after(1h)});
  const auto ask_both = [](FakeChatModel asked) -> awaitable<std::vector<Result<AIMessage>>> {
    std::vector<awaitable<AIMessage>> calls;
    for (int i = 0; i < 2; ++i) calls.push_back(asked.ainvoke("q"));
    co_return co_await gather_results(std::move(calls), {.timeout = 10min});
  };
  const auto results = time.run(ask_both(model));
  EXPECT_EQ(results[0].value().content, "quick");
  EXPECT_EQ(results[1].error().kind(), ErrorKind::timeout);
  EXPECT_EQ(time.now(), 10min);
}

TEST_F(VirtualRuns, retries_wait) {
  const FakeChatModel model({FakeReply::failure(OutputParserError("no JSON")), "fine"});
  const auto patient = model.with_retry({.stop_after_attempt = 2, .initial = 8s, .jitter = 0s});
  EXPECT_EQ(time.run(patient.ainvoke("q")).content, "fine");
  EXPECT_EQ(time.now(), 8s);
}

TEST_F(VirtualRuns, retries_end_at_the_time_limit) {
  const FakeChatModel model(FakeReply::failure(OutputParserError("no JSON")));
  const auto patient =
      model.with_retry({.stop_after_attempt = 100, .initial = 10s, .max = 10s, .jitter = 0s});
  EXPECT_ANY_THROW(time.run(timeout(65s, patient.ainvoke("q"))));
  EXPECT_EQ(model.calls(), 7u);
  EXPECT_LE(time.now(), 65s);
}

TEST_F(VirtualRuns, a_strand_of_the_users_own_keeps_the_clock) {
  const auto on_a_strand = [](Runnable<Messages, std::string> asked) -> awaitable<std::string> {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    auto call = timeout(10s, asked.ainvoke("q"));
    co_return co_await boost::asio::co_spawn(boost::asio::make_strand(here), std::move(call),
                                             boost::asio::use_awaitable);
  };
  EXPECT_EQ(timeout_of(on_a_strand(chain)), "run");
  EXPECT_EQ(time.now(), 10s);
}

TEST_F(VirtualRuns, an_endless_delay_never_ends) {
  const FakeChatModel silent{FakeReply("never").after(VirtualTime::duration::max())};
  EXPECT_THROW(time.run(silent.ainvoke("q")), std::logic_error);
  EXPECT_EQ(timeout_of(timeout(10s, silent.ainvoke("q"))), "run");
  EXPECT_EQ(time.now(), 10s);
  EXPECT_THROW(time.run(time.sleep(VirtualTime::duration::max())), std::logic_error);
}

}  // namespace
}  // namespace corochain::testing::virtual_runs_test
