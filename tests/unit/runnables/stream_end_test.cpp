// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>
#include <vector>

#include "corochain/corochain.hpp"
#include "support/event_recorder.hpp"
#include "support/presence.hpp"
#include "support/run_on.hpp"

namespace corochain::stream_end_test {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Yields one chunk and then waits without end. When it is told to stop, it takes some turns of the loop.
auto stubborn(int& alive) {
  return [&alive](Dict, Yield<std::string> yield) -> awaitable<void> {
    const test::presence here(alive);
    co_await yield("chunk");
    co_await test::stop_slowly();
  };
}

using Chain = Runnable<Dict, Dict>;

Chain side_by_side(int& alive) {
  const RunnableGenerator<Dict, std::string> words(stubborn(alive));
  return RunnableParallel({{"x", words}, {"y", words}});
}

awaitable<void> take_chunks_and_close(Chain chain, RunConfig config, int& alive) {
  auto chunks = chain.astream(Dict(), std::move(config));
  for (int i = 0; i < 2; ++i) {
    const auto chunk = co_await chunks.next();
    EXPECT_TRUE(chunk);
  }
  EXPECT_GT(alive, 0);
  co_await chunks.close();
  EXPECT_EQ(alive, 0);
  const auto after = co_await chunks.next();
  EXPECT_FALSE(after);
}

TEST(StreamEnd, closing_always_waits_for_branches) {
  int alive = 0;
  const Chain both = side_by_side(alive);
  const auto always = [](const Dict&) { return true; };
  const auto key = [](const Dict&) { return "only"; };
  const auto remembering = RunnableWithMessageHistory(both, std::make_shared<InMemoryChatMessageHistory>(),
                                                      MessageHistoryKeys("in", "x", "history"));
  const auto given = [](const Dict&) { return Dict{{"in", "text"}}; };
  const std::vector<std::pair<const char*, Chain>> chains{
      {"bare", both},
      {"with_config", both.with_config(RunConfig().tag("t").timeout(1h))},
      {"pick", both.pick({"x", "y"})},
      {"assign in front",
       RunnablePassthrough<>::assign({{"x", RunnableGenerator<Dict, std::string>(stubborn(alive))},
                                      {"y", RunnableGenerator<Dict, std::string>(stubborn(alive))}})},
      {"assign behind", both.assign({{"z", [](const Dict&) { return 1; }}})},
      {"branch", RunnableBranch({{always, both}}, both)},
      {"router", router<Dict, Dict>(key, {{"only", both}})},
      {"retry", both.with_retry()},
      {"fallbacks", both.with_fallbacks({both})},
      {"nested", RunnableParallel({{"in", both}, {"out", both}})},
      {"sequence",
       RunnableLambda([](const Dict& input) { return input; }) | both | RunnablePassthrough<Dict>()},
      {"history", RunnableLambda(given) | remembering},
  };
  for (const auto& [name, chain] : chains) {
    SCOPED_TRACE(name);
    const RunConfig session = RunConfig().configurable("session_id", "s");
    run(take_chunks_and_close(chain, session, alive));
    run(take_chunks_and_close(chain, RunConfig(session).callback(std::make_shared<test::EventRecorder>()),
                              alive));
  }
}

awaitable<void> pull_after_the_time(Chain chain, int& alive) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto chunks = chain.astream(Dict(), RunConfig().timeout(5ms));
  const auto first = co_await chunks.next();
  EXPECT_TRUE(first);
  asio::steady_timer timer(executor, 6ms);
  co_await timer.async_wait(asio::use_awaitable);
  try {
    for (;;) {
      const auto chunk = co_await chunks.next();
      if (!chunk) break;
    }
    ADD_FAILURE() << "no TimeoutError";
  } catch (const TimeoutError&) {
  }
  EXPECT_EQ(alive, 0);
}

TEST(StreamEnd, after_a_failure_nothing_goes_on) {
  int alive = 0;
  run(pull_after_the_time(side_by_side(alive), alive));
}

TEST(StreamEnd, an_attempt_has_ended_before_the_next_begins) {
  int alive = 0;
  std::vector<int> alive_at_start;
  const auto fails = [&](Dict, Yield<std::string>) -> awaitable<void> {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    alive_at_start.push_back(alive);
    co_await asio::post(executor, asio::use_awaitable);
    throw TruncatedError("broke off");
  };
  const auto waits = [&alive](Dict, Yield<std::string>) -> awaitable<void> {
    const test::presence here(alive);
    co_await test::stop_slowly();
  };
  const RunnableParallel both({{"fails", RunnableGenerator<Dict, std::string>(fails)},
                               {"waits", RunnableGenerator<Dict, std::string>(waits)}});
  const auto retried = both.with_config(RunConfig().tag("t"))
                           .with_retry({.stop_after_attempt = 3, .initial = 0ms, .jitter = 0ms});
  EXPECT_THROW(run(retried.astream(Dict()).collect()), TruncatedError);
  EXPECT_EQ(alive_at_start, (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(alive, 0);
}

awaitable<void> leave_events(Chain chain, int& alive) {
  auto events = chain.astream_events(Dict());
  while (alive < 2) {
    const auto event = co_await events.next();
    EXPECT_TRUE(event);
  }
  co_await events.close();
  EXPECT_EQ(alive, 0);
}

TEST(StreamEnd, closing_events_waits_for_the_call) {
  int alive = 0;
  run(leave_events(side_by_side(alive), alive));
}

/// Closes the stream of a top-level call while a pull waits.
awaitable<bool> close_during_a_pull(Runnable<Dict, std::string> chain) {
  auto chunks = chain.astream(Dict());
  const auto first = co_await chunks.next();
  const auto pull = [](Stream<std::string>& from) -> awaitable<void> {
    try {
      while (auto chunk = co_await from.next()) ADD_FAILURE() << *chunk;
    } catch (const CancelledError&) {
    }
  };
  const auto close = [](Stream<std::string>& which) -> awaitable<void> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    for (int i = 0; i < 50; ++i) co_await asio::post(here, asio::use_awaitable);  // now the pull waits
    co_await which.close();
  };
  std::vector<awaitable<void>> both;
  both.push_back(pull(chunks));
  both.push_back(close(chunks));
  co_await gather(std::move(both));
  co_return first.has_value();
}

TEST(StreamEnd, work_that_unwinds_is_still_part_of_the_run) {
  bool unwound_in_run = false;
  const auto unwinds = [&](Dict, Yield<std::string> yield) -> awaitable<void> {
    co_await yield("chunk");
    co_await test::stop_slowly();
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    unwound_in_run = detail::in_run(here);
  };
  asio::io_context loop;
  EXPECT_TRUE(test::run_on(loop, close_during_a_pull(RunnableGenerator<Dict, std::string>(unwinds))));
  EXPECT_TRUE(unwound_in_run);
}

awaitable<void> pull_twice(Chain chain, int& alive) {
  auto chunks = chain.astream(Dict());
  std::vector<awaitable<std::optional<DictChunk>>> pulls;
  for (int i = 0; i < 2; ++i) pulls.push_back(chunks.next());
  auto ends = co_await gather_results(std::move(pulls));
  EXPECT_TRUE(ends[0].has_value());
  EXPECT_FALSE(ends[1].has_value());
  EXPECT_EQ(ends[1].error().kind(), ErrorKind::config);
  const auto next = co_await chunks.next();  // the second call had no effect
  EXPECT_TRUE(next);
  co_await chunks.close();
  EXPECT_EQ(alive, 0);
}

TEST(StreamEnd, a_concurrent_second_next_is_refused) {
  int alive = 0;
  run(pull_twice(side_by_side(alive), alive));
}

}  // namespace
}  // namespace corochain::stream_end_test
