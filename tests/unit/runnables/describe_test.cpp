// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The descriptions of runnables.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corochain/corochain.hpp"
#include "corochain/testing/fake_chat_model.hpp"

namespace corochain::describe_test {
namespace {

/// Whether a stream has more than one chunk.
template <class In, class Out>
bool comes_in_chunks(const Runnable<In, Out>& runnable, In input) {
  const auto read = [](Stream<Out> stream) -> awaitable<std::size_t> {
    std::size_t chunks = 0;
    while (auto chunk = co_await stream.next()) ++chunks;
    co_return chunks;
  };
  return run(read(runnable.astream(std::move(input)))) > 1;
}
template <class In, class Out>
void expect_streams(const Runnable<In, Out>& runnable, In input, bool expected) {
  EXPECT_EQ(runnable.streams(), expected) << runnable.describe();
  EXPECT_EQ(comes_in_chunks(runnable, std::move(input)), expected) << runnable.describe();
}

const auto speak = [](Dict, Yield<std::string> yield) -> awaitable<void> {
  for (const char* word : {"one ", "two ", "three"}) co_await yield(word);
};
RunnableGenerator<Dict, std::string> words() { return RunnableGenerator<Dict, std::string>(speak); }
RunnableLambda<Dict, std::string> whole() {
  return RunnableLambda([](const Dict&) { return std::string("one two three"); });
}

TEST(Streams, is_told_of_what_stands_around_a_runnable) {
  const Dict input(Var("input", "speak"));
  expect_streams<Dict>(words(), input, true);
  expect_streams<Dict>(whole(), input, false);
  expect_streams(words().with_config(RunConfig().tag("t")), input, true);
  expect_streams(whole().with_config(RunConfig().tag("t")), input, false);
  expect_streams(words().with_retry(), input, true);
  expect_streams(whole().with_retry(), input, false);
  expect_streams(words().with_fallbacks({whole()}), input, true);
  expect_streams(whole().with_fallbacks({whole()}), input, false);
  EXPECT_TRUE(whole().with_fallbacks({words()}).streams());  // one of them may
  const RunConfig session = RunConfig().configurable("session_id", "s");
  const auto store = std::make_shared<InMemoryChatMessageHistory>();
  expect_streams(RunnableWithMessageHistory(words(), store).with_config(session), input, true);
  expect_streams(RunnableWithMessageHistory(whole(), store).with_config(session), input, false);
  expect_streams<Dict>(RunnableParallel({{"a", words()}, {"b", whole()}}), input, true);
  expect_streams(parallel(words(), words()), input, false);
  expect_streams(words().map(), std::vector<Dict>(2, input), false);
}

TEST(Describe, shows_what_stands_side_by_side) {
  const RunnableParallel both({{"spoken", words()}, {"written", whole()}});
  EXPECT_EQ(both.describe(),
            "RunnableParallel, gives chunks\n"
            "  spoken: RunnableGenerator, gives chunks\n"
            "  written: RunnableLambda, gives the whole at once\n");
  EXPECT_EQ(both.to_mermaid(),
            "graph TD\n"
            "  in([input])\n"
            "  n1[\"RunnableGenerator\"]\n"
            "  in -->|\"spoken\"| n1\n"
            "  n2[\"RunnableLambda\"]\n"
            "  in -->|\"written\"| n2\n"
            "  out([output])\n"
            "  n1 --> out\n"
            "  n2 --> out\n");
}

TEST(Describe, shows_the_ways_of_a_branch) {
  const auto is_short = [](const Dict& input) { return input.size() < 2; };
  const RunnableBranch<Dict, std::string> branch({{is_short, words()}}, whole());
  EXPECT_EQ(branch.describe(),
            "RunnableBranch, gives chunks\n"
            "  branch:1: RunnableGenerator, gives chunks\n"
            "  branch:default: RunnableLambda, gives the whole at once\n");
  EXPECT_EQ(branch.to_mermaid(),
            "graph TD\n"
            "  in([input])\n"
            "  n1[\"RunnableGenerator\"]\n"
            "  in -->|\"branch:1\"| n1\n"
            "  n2[\"RunnableLambda\"]\n"
            "  in -->|\"branch:default\"| n2\n"
            "  out([output])\n"
            "  n1 --> out\n"
            "  n2 --> out\n");
}

TEST(Describe, shows_retries_around_fallbacks) {
  const auto safe = words().with_fallbacks({whole()}).with_retry({.stop_after_attempt = 2});
  EXPECT_EQ(safe.describe(),
            "RunnableRetry, gives chunks\n"
            "  RunnableWithFallbacks, gives chunks\n"
            "    RunnableGenerator, gives chunks\n"
            "    fallback: RunnableLambda, gives the whole at once\n");
  EXPECT_EQ(safe.to_mermaid(),
            "graph TD\n"
            "  in([input])\n"
            "  subgraph g1 [\"RunnableRetry\"]\n"
            "    n1[\"RunnableGenerator\"]\n"
            "    in --> n1\n"
            "    n2[\"RunnableLambda\"]\n"
            "    in -->|\"fallback\"| n2\n"
            "  end\n"
            "  out([output])\n"
            "  n1 --> out\n"
            "  n2 --> out\n");
}

}  // namespace
}  // namespace corochain::describe_test
