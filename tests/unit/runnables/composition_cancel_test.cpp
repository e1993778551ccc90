// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <corochain/corochain.hpp>

#include <gtest/gtest.h>

#include <random>

#include "support/run_recorder.hpp"
#include "support/virtual_work.hpp"

namespace corochain::composition_cancel_test {
namespace {
using namespace std::chrono_literals;

/// Every kind of composition in one chain. All waiting calls in it are counted. It takes about 40 ms.
Runnable<Dict, Dict> everything(test::virtual_work& work) {
  const RunnableGenerator<Dict, std::string> words(
      [&work](Dict, Yield<std::string> yield) -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
          co_await work.wait(3ms);
          co_await yield("word ");
        }
      });
  const auto asks = [&work](Dict input) -> awaitable<bool> {
    co_await work.wait(2ms);
    co_return input.contains("n");
  };
  const RunnableBranch branch({{asks, words}}, words);
  const auto key = [](const Dict&) { return "only"; };
  const auto routed = router<Dict, std::string>(key, {{"only", branch}});
  const auto list = [](const Dict&) { return std::vector{1, 2, 3, 4}; };
  const auto each =
      RunnableLambda([&work](int n) { return work.give(n, std::chrono::milliseconds(2 * n)); }).map();
  const RunnableParallel inner({{"routed", routed}, {"each", list | each}, {"words", words}});
  const auto typed =
      parallel(routed, words) | [](std::tuple<std::string, std::string> both) { return std::get<0>(both); };
  const RunnableParallel first({{"inner", inner}, {"typed", typed}, {"n", [](const Dict&) { return 1; }}});
  return first.assign({{"more", branch}, {"each", list | each}}).pick({"inner", "typed", "more"});
}

awaitable<void> call_or_stream(Runnable<Dict, Dict> chain, bool streamed, std::size_t most, int& ended) {
  const RunConfig config = RunConfig().max_concurrency(most);
  if (streamed) {
    const Dict whole = co_await chain.with_config(config).astream(Dict()).collect();
    EXPECT_EQ(whole.size(), 3u);
  } else {
    const Dict whole = co_await chain.ainvoke(Dict(), config);
    EXPECT_EQ(whole.get<std::string>("typed"), "word word word ");
  }
  ++ended;
}

TEST(composition, is_cancelled_at_any_moment_after_its_children) {
  std::minstd_rand random(7);
  int ended = 0;
  int cancelled = 0;
  for (int i = 0; i < 300; ++i) {
    testing::VirtualTime time;
    test::virtual_work work(time);
    const auto chain = everything(work);
    const auto after = std::chrono::milliseconds(std::uniform_int_distribution<int>(0, 120)(random));
    const bool streamed = random() % 2 == 0;
    const std::size_t most = random() % 4;
    std::vector<awaitable<void>> calls;
    calls.push_back(call_or_stream(chain, streamed, most, ended));
    calls.push_back([](test::virtual_work& stopper, std::chrono::milliseconds moment) -> awaitable<void> {
      (void)co_await stopper.fail("stop", moment);
    }(work, after));
    EXPECT_THROW(time.run(gather(std::move(calls))), std::runtime_error);
    EXPECT_EQ(work.alive().now, 0) << "streamed " << streamed << " budget " << most << " after "
                                   << after.count();
    EXPECT_EQ(work.now(), after);
    if (most > 0) {
      EXPECT_LE(work.alive().peak, static_cast<int>(most) + 1)
          << most;  // the one left is the canceller, outside of the chain
    }
    cancelled = i + 1 - ended;
  }
  EXPECT_GT(ended, 30);
  EXPECT_GT(cancelled, 30);
}

TEST(composition, is_left_at_any_chunk_with_nothing_left_running) {
  for (std::size_t most = 0; most < 4; ++most) {
    for (int chunks = 0; chunks < 20; ++chunks) {
      testing::VirtualTime time;
      test::virtual_work work(time);
      std::optional<Runnable<Dict, Dict>> chain =
          everything(work).with_config(RunConfig().max_concurrency(most));
      const bool closed = chunks % 2 == 0;
      time.run([](std::optional<Runnable<Dict, Dict>>& whole, int take, bool close,
                  testing::VirtualTime clock) -> awaitable<void> {
        auto stream = std::make_unique<Stream<Dict>>(whole->astream(Dict()));
        whole.reset();
        for (int i = 0; i < take; ++i) {
          const auto chunk = co_await stream->next();
          if (!chunk) break;
        }
        if (close) co_await stream->close();
        stream.reset();
        co_await clock.sleep(1ms);
      }(chain, chunks, closed, time));
      EXPECT_EQ(work.alive().now, 0) << most << " " << chunks;
    }
  }
}

}  // namespace
}  // namespace corochain::composition_cancel_test
