// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/branch.hpp"

#include <gtest/gtest.h>

#include <concepts>

#include "corochain/concurrency/gather.hpp"
#include "corochain/runnables/generator.hpp"
#include "corochain/runnables/lambda.hpp"
#include "corochain/runnables/router.hpp"
#include "corochain/runnables/sequence.hpp"
#include "support/run_recorder.hpp"
#include "support/virtual_work.hpp"

namespace corochain::branch_test {
namespace {
using namespace std::chrono_literals;
using lines = std::vector<std::string>;

Runnable<Dict, std::string> saying(std::string what) {
  return RunnableLambda([what](const Dict& input) { return what + ": " + input.get<std::string>("q"); });
}
bool is_math(const Dict& input) { return input.get<std::string>("q").find('+') != std::string::npos; }
awaitable<bool> is_poem(Dict input) { co_return input.get<std::string>("q") == "rhyme"; }

Runnable<Dict, std::string> three_ways() {
  return RunnableBranch({{is_math, saying("math")}, {is_poem, saying("poem")}}, saying("general"));
}

TEST(runnable_branch, takes_the_first_whose_condition_holds) {
  const auto branch = three_ways();
  EXPECT_EQ(branch.invoke({{"q", "1+1"}}), "math: 1+1");
  EXPECT_EQ(branch.invoke({{"q", "rhyme"}}), "poem: rhyme");
  EXPECT_EQ(branch.invoke({{"q", "else"}}), "general: else");
  EXPECT_FALSE(branch.streams());
}

TEST(runnable_branch, is_made_of_one_case_of_runnables_and_of_functions) {
  const RunnableLambda condition(is_math);
  const RunnableBranch one({{condition, saying("math")}}, saying("general"));
  static_assert(std::derived_from<decltype(one), Runnable<Dict, std::string>>);
  EXPECT_EQ(one.invoke({{"q", "1+1"}}), "math: 1+1");
  const RunnableBranch<int, std::string> of_functions(
      {{[](int n) { return n < 0; }, [](int) { return "negative"; }}},
      [](int n) -> awaitable<std::string> { co_return std::to_string(n); });
  EXPECT_EQ(of_functions.invoke(-1), "negative");
  EXPECT_EQ(of_functions.invoke(1), "1");
  EXPECT_THROW((RunnableBranch<int, int>(ListArg<BranchCase<int, int>>(), [](int n) { return n; })),
               ConfigError);
}

TEST(runnable_branch, asks_conditions_in_order_until_one_holds) {
  lines asked;
  const auto says = [&asked](std::string name, bool answer) {
    return [&asked, name, answer](int) {
      asked.push_back(name);
      return answer;
    };
  };
  const RunnableLambda same([](int n) { return n; });
  const RunnableBranch branch({{says("a", false), same}, {says("b", true), same}, {says("c", true), same}},
                              same);
  EXPECT_EQ(branch.invoke(4), 4);
  EXPECT_EQ(asked, (lines{"a", "b"}));
}

TEST(runnable_branch, throws_what_a_condition_throws) {
  const RunnableLambda same([](int n) { return n; });
  const RunnableBranch branch({{[](int) -> bool { throw std::runtime_error("cannot say"); }, same}}, same);
  EXPECT_THROW(branch.invoke(1), std::runtime_error);
  EXPECT_THROW(run(branch.astream(1).collect()), std::runtime_error);
}

TEST(runnable_branch, streams_the_chosen_branch_after_the_chain_is_gone) {
  const RunnableGenerator<int, std::string> generator([](int n, Yield<std::string> yield) -> awaitable<void> {
    for (int i = 0; i < n; ++i) co_await yield("x");
  });
  std::optional<Runnable<int, std::string>> branch =
      RunnableBranch({{[](int n) { return n < 0; }, [](int) { return std::string("negative"); }}}, generator);
  EXPECT_TRUE(branch->streams());
  auto negative = branch->stream(-1);
  auto three = branch->stream(3);
  branch.reset();
  lines chunks;
  for (const auto& chunk : three) chunks.push_back(chunk);
  EXPECT_EQ(chunks, (lines{"x", "x", "x"}));
  for (const auto& chunk : negative) chunks.push_back(chunk);
  EXPECT_EQ(chunks.back(), "negative");
}

TEST(runnable_branch, is_cancelled_in_a_condition_and_in_a_way) {
  testing::VirtualTime time;
  test::virtual_work work(time);
  const auto asks = [&work](int) -> awaitable<bool> {
    co_await work.wait(5ms);
    co_return true;
  };
  const RunnableBranch branch({{asks, [&work](int n) { return work.give(n, 1h); }}},
                              RunnableLambda([](int n) { return n; }));
  for (const auto after : {2ms, 10ms})
    EXPECT_THROW(time.run(gather(branch.ainvoke(1), work.fail("stop", after))), std::runtime_error);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_EQ(work.now(), 12ms);
}

TEST(runnable_branch, tells_listeners_of_conditions_and_of_the_way_taken) {
  const auto recorder = std::make_shared<test::RunRecorder>();
  (void)three_ways().invoke({{"q", "rhyme"}}, RunConfig().callback(recorder));
  EXPECT_EQ(recorder->started(), (lines{"RunnableBranch", "RunnableLambda condition:1",
                                        "RunnableLambda condition:2", "RunnableLambda branch:2"}));
  const auto other = std::make_shared<test::RunRecorder>();
  run(three_ways().with_config(RunConfig().callback(other)).astream({{"q", "else"}}).collect());
  EXPECT_EQ(other->started().back(), "RunnableLambda branch:default");
}

RouterRunnable<Dict, std::string> two_routes() {
  return RouterRunnable<Dict, std::string>({{"math", saying("math")}, {"poem", saying("poem")}});
}

TEST(router, lets_the_runnable_of_the_key_answer) {
  const auto router_of_two = two_routes();
  EXPECT_EQ(router_of_two.invoke({"math", {{"q", "1+1"}}}), "math: 1+1");
  run([](Runnable<RouterInput<Dict>, std::string> chain) -> awaitable<void> {
    const std::string q(100, 'q');
    const std::string answer = co_await chain.ainvoke({"poem", {{"q", q}}});
    EXPECT_EQ(answer, "poem: " + q);
  }(router_of_two));
}

TEST(router, finds_its_key_in_the_input) {
  const auto topic = [](const Dict& input) { return std::string(is_math(input) ? "math" : "poem"); };
  const auto chain = router<Dict, std::string>(topic, {{"math", saying("math")}, {"poem", saying("poem")}});
  static_assert(std::same_as<decltype(chain), const Runnable<Dict, std::string>>);
  EXPECT_EQ(chain.invoke({{"q", "1+1"}}), "math: 1+1");
  EXPECT_EQ(chain.invoke({{"q", "roses"}}), "poem: roses");
  const auto in_front = [topic](Dict input) {
    std::string key = topic(input);
    return RouterInput<Dict>(key, std::move(input));
  };
  EXPECT_EQ((in_front | two_routes()).invoke({{"q", "roses"}}), "poem: roses");
}

TEST(router, names_its_keys_but_not_the_one_it_was_given) {
  const auto chain = two_routes();
  for (const bool streamed : {false, true}) {
    try {
      if (streamed)
        run(chain.astream({"secret", {{"q", "x"}}}).collect());
      else
        (void)chain.invoke({"secret", {{"q", "x"}}});
      ADD_FAILURE() << "found a route";
    } catch (const ConfigError& error) {
      const std::string said = error.what();
      EXPECT_NE(said.find("'math', 'poem'"), std::string::npos) << said;
      EXPECT_EQ(said.find("secret"), std::string::npos) << said;
      EXPECT_EQ(error.details().received, lines{"secret"});
      EXPECT_EQ(error.details().expected, (lines{"math", "poem"}));
    }
  }
}

TEST(router, refuses_no_routes_and_two_of_one_key) {
  EXPECT_THROW((RouterRunnable<Dict, std::string>(ListArg<Route<Dict, std::string>>())), ConfigError);
  EXPECT_THROW((RouterRunnable<Dict, std::string>({{"a", saying("a")}, {"a", saying("b")}})), ConfigError);
}

TEST(router, streams_and_tells_listeners_of_the_way_taken) {
  const auto recorder = std::make_shared<test::RunRecorder>();
  const RunnableGenerator<int, std::string> generator([](int n, Yield<std::string> yield) -> awaitable<void> {
    for (int i = 0; i < n; ++i) co_await yield("x");
  });
  const auto chain = router<int, std::string>([](int) { return "many"; }, {{"many", generator}});
  EXPECT_TRUE(chain.streams());
  lines chunks;
  for (const auto& chunk : chain.with_config(RunConfig().callback(recorder)).stream(2))
    chunks.push_back(chunk);
  EXPECT_EQ(chunks, (lines{"x", "x"}));
  EXPECT_EQ(recorder->started(), (lines{"RouterRunnable", "RunnableLambda", "RunnableGenerator route:many"}));
}

}  // namespace
}  // namespace corochain::branch_test
