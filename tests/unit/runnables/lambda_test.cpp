// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/lambda.hpp"

#include <gtest/gtest.h>

#include <concepts>

#include "corochain/runnables/generator.hpp"
#include "corochain/runnables/sequence.hpp"
#include "support/run_recorder.hpp"
#include "support/virtual_work.hpp"

namespace corochain::lambda_test {
namespace {
using namespace std::chrono_literals;

std::size_t length(const std::string& text) { return text.size(); }
awaitable<int> half(int n) { co_return n / 2; }

TEST(runnable_lambda, is_made_of_a_function_of_any_kind) {
  const RunnableLambda of_function(length);
  static_assert(std::derived_from<decltype(of_function), Runnable<std::string, std::size_t>>);
  EXPECT_EQ(of_function.invoke("four"), 4u);
  const RunnableLambda of_coroutine(half);
  static_assert(std::derived_from<decltype(of_coroutine), Runnable<int, int>>);
  EXPECT_EQ(of_coroutine.invoke(8), 4);
  const RunnableLambda of_lambda([](Dict input) { return input.size(); });
  EXPECT_EQ(of_lambda.invoke({{"a", 1}, {"b", 2}}), 2u);
  EXPECT_EQ((of_function | [](std::size_t n) { return n + 1; }).invoke("four"), 5u);
  EXPECT_FALSE(of_function.streams());
}

TEST(runnable_lambda, that_gives_a_runnable_has_it_answer_the_same_input) {
  const RunnableLambda shorter([](const std::string& text) { return text.substr(0, 1); });
  const RunnableLambda longer([](const std::string& text) { return text + text; });
  const RunnableLambda chooses([=](const std::string& text) -> Runnable<std::string, std::string> {
    if (text.size() > 2) return shorter;
    return longer;
  });
  static_assert(std::derived_from<decltype(chooses), Runnable<std::string, std::string>>);
  EXPECT_EQ(chooses.invoke("abc"), "a");
  EXPECT_EQ(chooses.invoke("ab"), "abab");
  const auto recorder = std::make_shared<test::RunRecorder>();
  EXPECT_EQ(chooses.invoke("abc", RunConfig().callback(recorder)), "a");
  EXPECT_EQ(recorder->started(), (std::vector<std::string>{"RunnableLambda", "RunnableLambda"}));
}

awaitable<Runnable<int, int>> choose_later(int n) {
  co_return RunnableLambda([n](int m) { return n * m; });
}

TEST(runnable_lambda, may_be_a_coroutine_that_gives_a_runnable) {
  const RunnableLambda chooses(choose_later);
  static_assert(std::derived_from<decltype(chooses), Runnable<int, int>>);
  EXPECT_EQ(chooses.invoke(5), 25);
}

TEST(runnable_lambda, throws_what_the_function_throws) {
  const RunnableLambda fails([](int) -> int { throw std::runtime_error("no"); });
  EXPECT_THROW(fails.invoke(1), std::runtime_error);
}

awaitable<void> count_down(int from, Yield<std::string> yield) {
  for (int i = from; i > 0; --i) co_await yield(std::to_string(i) + " ");
}

TEST(runnable_generator, streams_what_it_yields_and_puts_it_together) {
  const RunnableGenerator<int, std::string> generator(count_down);
  EXPECT_TRUE(generator.streams());
  EXPECT_EQ(generator.invoke(3), "3 2 1 ");
  std::vector<std::string> chunks;
  for (const auto& chunk : generator.stream(3)) chunks.push_back(chunk);
  EXPECT_EQ(chunks, (std::vector<std::string>{"3 ", "2 ", "1 "}));
  EXPECT_EQ(generator.invoke(0), "");
  EXPECT_EQ((RunnableLambda(half) | generator).invoke(4), "2 1 ");
}

TEST(runnable_generator, waits_in_yield_until_the_next_chunk_is_asked_for) {
  int made = 0;
  const RunnableGenerator<int, int> generator([&made](int n, Yield<int> yield) -> awaitable<void> {
    for (made = 1; made <= n; ++made) co_await yield(made);
  });
  run([](Runnable<int, int> streamed, const int& so_far) -> awaitable<void> {
    auto stream = streamed.astream(3);
    const auto first = co_await stream.next();
    EXPECT_EQ(first, 1);
    EXPECT_EQ(so_far, 1);
    const auto second = co_await stream.next();
    EXPECT_EQ(second, 2);
    EXPECT_EQ(so_far, 2);
  }(generator, made));
  EXPECT_EQ(made, 2);
}

TEST(runnable_generator, throws_after_the_chunks_that_came_before) {
  const RunnableGenerator<int, std::string> generator([](int, Yield<std::string> yield) -> awaitable<void> {
    co_await yield("one");
    throw std::runtime_error("broken");
  });
  EXPECT_THROW(generator.invoke(1), std::runtime_error);
  std::vector<std::string> chunks;
  EXPECT_THROW(
      {
        for (const auto& chunk : generator.stream(1)) chunks.push_back(chunk);
      },
      std::runtime_error);
  EXPECT_EQ(chunks, std::vector<std::string>{"one"});
}

TEST(runnable_generator, ends_when_its_stream_is_left) {
  testing::VirtualTime time;
  test::virtual_work work(time);
  std::optional<Runnable<int, int>> generator =
      RunnableGenerator<int, int>([&work](int n, Yield<int> yield) -> awaitable<void> {
        co_await yield(n);
        co_await work.wait(1h);
      });
  time.run([](std::optional<Runnable<int, int>>& chain, testing::VirtualTime clock) -> awaitable<void> {
    auto left = std::make_unique<Stream<int>>(chain->astream(7));
    const auto first = co_await left->next();
    EXPECT_EQ(first, 7);
    left.reset();
    auto closed = chain->astream(8);
    chain.reset();  // the stream owns the objects that it needs
    const auto second = co_await closed.next();
    EXPECT_EQ(second, 8);
    co_await closed.close();
    co_await clock.sleep(1ms);
  }(generator, time));
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_LT(work.now(), 1h);
}

TEST(runnable_generator, is_cancelled_with_its_call) {
  testing::VirtualTime time;
  test::virtual_work work(time);
  const RunnableGenerator<int, int> generator([&work](int n, Yield<int> yield) -> awaitable<void> {
    co_await yield(n);
    co_await work.wait(1h);
  });
  EXPECT_THROW(time.run(gather(generator.ainvoke(1), work.fail("stop", 5ms))), std::runtime_error);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_EQ(work.now(), 5ms);
}

}  // namespace
}  // namespace corochain::lambda_test
