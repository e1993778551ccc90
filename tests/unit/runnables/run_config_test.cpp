// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "corochain/corochain.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/event_recorder.hpp"
#include "support/fake_chain.hpp"

namespace corochain::run_config_test {
namespace {
using test::chain_of;
using test::EventRecorder;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;

/// Returns the configuration that it finds below a chain and a user's coroutine.
Runnable<std::string, RunConfig> config_finder() {
  const auto look = [](std::string) -> awaitable<RunConfig> { return current_config(); };
  const auto pass = [](std::string text) { return text; };
  return pass | Runnable<std::string, RunConfig>(
                    std::make_shared<detail::function_step<std::string, RunConfig, decltype(look)>>(look));
}

TEST(RunConfig, is_found_below_by_who_asks) {
  const auto finder = config_finder();
  const RunConfig found = finder.invoke(
      "", RunConfig().tag("a").tags({"b", "a"}).metadata("who", "me").configurable("session_id", "s1"));
  EXPECT_EQ(found.tags(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(found.metadata().get<std::string>("who"), "me");
  EXPECT_EQ(found.configurable().get<std::string>("session_id"), "s1");
  EXPECT_TRUE(finder.invoke("").empty());
}

TEST(RunConfig, is_inherited_by_nested_calls_without_being_passed) {
  const auto finder = config_finder();
  const auto outer = [finder](std::string text) -> awaitable<RunConfig> {
    std::vector<awaitable<RunConfig>> calls;
    calls.push_back(finder.ainvoke(text));
    calls.push_back(finder.ainvoke(text, RunConfig().metadata("level", "call").tag("inner")));
    const auto found = co_await gather(std::move(calls));
    EXPECT_EQ(found[0].metadata().template get<std::string>("level"), "outer");
    co_return found[1];
  };
  const auto chain =
      outer | Runnable<RunConfig, RunConfig>(
                  std::make_shared<detail::function_step<RunConfig, RunConfig, RunConfig (*)(RunConfig)>>(
                      +[](RunConfig config) { return config; }));
  const RunConfig found =
      chain.invoke("", RunConfig().metadata("level", "outer").metadata("run", 7).tag("outer"));
  // The call's own value precedes an inherited one.
  EXPECT_EQ(found.metadata().get<std::string>("level"), "call");
  EXPECT_EQ(found.metadata().get<int>("run"), 7);
  EXPECT_EQ(found.tags(), (std::vector<std::string>{"outer", "inner"}));
}

TEST(RunConfig, what_is_bound_is_a_default) {
  const auto bound = config_finder().with_config(
      RunConfig().configurable("k", "bound").configurable("only", "bound").tag("bound"));
  EXPECT_EQ(bound.invoke("").configurable().get<std::string>("k"), "bound");
  const RunConfig found = bound.invoke("", RunConfig().configurable("k", "given").tag("given"));
  EXPECT_EQ(found.configurable().get<std::string>("k"), "given");
  EXPECT_EQ(found.configurable().get<std::string>("only"), "bound");
  EXPECT_EQ(found.tags(), (std::vector<std::string>{"given", "bound"}));
}

TEST(RunConfig, the_name_is_for_its_run_and_the_callers_goes_first) {
  const auto recorder = std::make_shared<EventRecorder>();
  const auto chain = chain_of(FakeChatModel("yes"));
  const auto named = chain.with_config(RunConfig().run_name("bound"));
  named.invoke("q", RunConfig().callback(recorder));
  named.invoke("q", RunConfig().callback(recorder).run_name("given"));
  std::vector<std::string> names;
  for (const RunEvent& event : recorder->events())
    if (event.kind() == RunEventKind::started) names.push_back(event.name());
  EXPECT_EQ(names,
            (std::vector<std::string>{"bound", "ChatPromptTemplate", "FakeChatModel", "StrOutputParser",
                                      "given", "ChatPromptTemplate", "FakeChatModel", "StrOutputParser"}));
}

TEST(RunConfig, a_timeout_ends_the_run_and_sets_its_deadline) {
  const auto slow = chain_of(FakeChatModel(FakeReply("late").after(1h)));
  EXPECT_THROW(slow.invoke("q", RunConfig().timeout(10ms)), TimeoutError);
  EXPECT_THROW(slow.with_config(RunConfig().timeout(10ms)).invoke("q"), TimeoutError);
  EXPECT_THROW(slow.invoke("q", RunConfig().timeout(0ms)), TimeoutError);
  EXPECT_THROW(slow.invoke("q", RunConfig().deadline(std::chrono::steady_clock::now() - 1s)), TimeoutError);
  EXPECT_THROW(slow.batch({"a", "b"}, {}, RunConfig().timeout(10ms)), TimeoutError);
  const auto look = [](std::string) -> awaitable<bool> {
    const auto deadline = co_await run_deadline();
    co_return deadline.has_value();
  };
  const auto chain = chain_of(FakeChatModel("soon")) | look;
  EXPECT_TRUE(chain.invoke("q", RunConfig().timeout(1h)));
  EXPECT_FALSE(chain.invoke("q"));
  EXPECT_FALSE(chain.invoke("q", RunConfig().timeout(std::chrono::steady_clock::duration::max())));
}

TEST(RunConfig, a_timeout_of_a_stream_holds_over_all_its_pulls) {
  const auto slow = FakeChatModel(FakeReply("late").after(1h)) | StrOutputParser();
  auto read = [](Stream<std::string> stream) -> awaitable<void> { co_await stream.next(); };
  EXPECT_THROW(run(read(slow.astream("q", RunConfig().timeout(10ms)))), TimeoutError);
  EXPECT_THROW(run(read(slow.with_config(RunConfig().timeout(10ms)).astream("q"))), TimeoutError);
}

TEST(RunConfig, max_concurrency_holds_for_all_that_fans_out_below) {
  VirtualTime time;
  const FakeChatModel model(FakeReply("yes").after(1s), time);
  const auto chain = chain_of(model);
  const auto fan = [chain](std::vector<std::string> questions) -> awaitable<std::size_t> {
    auto answers = co_await chain.abatch(std::move(questions), {.max_concurrency = 4});
    co_return answers.size();
  };
  const auto twice =
      [](std::vector<std::string> q) { return q; } |
      Runnable<std::vector<std::string>, std::size_t>(
          std::make_shared<detail::function_step<std::vector<std::string>, std::size_t, decltype(fan)>>(fan));
  const std::vector<std::string> six(6, "q");
  const std::vector<std::vector<std::string>> inputs(3, six);
  const auto sizes = time.run(twice.abatch(inputs, {}, RunConfig().max_concurrency(2)));
  EXPECT_EQ(sizes, (std::vector<std::size_t>{6, 6, 6}));
  EXPECT_EQ(model.max_in_flight(), 2u);
  EXPECT_EQ(time.now(), 9s);
  const FakeChatModel other(FakeReply("yes").after(1s), time);
  const auto call = [](Runnable<Dict, std::string> of) -> awaitable<std::size_t> {
    std::vector<awaitable<std::string>> calls;
    for (int i = 0; i < 5; ++i) calls.push_back(of.ainvoke("q"));
    const auto all = co_await gather(std::move(calls));
    co_return all.size();
  };
  const auto wrapped = [call, chain = chain_of(other)](std::string) { return call(chain); };
  const auto limited =
      [](std::string s) { return s; } |
      Runnable<std::string, std::size_t>(
          std::make_shared<detail::function_step<std::string, std::size_t, decltype(wrapped)>>(wrapped));
  EXPECT_EQ(time.run(limited.ainvoke("", RunConfig().max_concurrency(1))), 5u);
  EXPECT_EQ(other.max_in_flight(), 1u);
}

/// Calls itself without end.
struct endless {
  awaitable<int> operator()(int depth) const {
    const Runnable<int, int> self(std::make_shared<detail::function_step<int, int, endless>>(endless()));
    int answer = co_await self.ainvoke(depth + 1);
    co_return answer;
  }
};
struct endless_batch {
  awaitable<int> operator()(int depth) const {
    const Runnable<int, int> self(
        std::make_shared<detail::function_step<int, int, endless_batch>>(endless_batch()));
    std::vector<int> inputs{depth + 1};
    std::vector<int> answers = co_await self.abatch(std::move(inputs));
    co_return answers[0];
  }
};

TEST(RunConfig, recursion_without_end_is_a_clear_error) {
  const Runnable<int, int> chain(std::make_shared<detail::function_step<int, int, endless>>(endless()));
  const Runnable<int, int> batches(
      std::make_shared<detail::function_step<int, int, endless_batch>>(endless_batch()));
  for (const auto& each : {chain, batches}) {
    try {
      each.invoke(0);
      FAIL() << "it ended";
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find("recursion limit of 25"), std::string::npos) << error.what();
    }
  }
  try {
    chain.invoke(0, RunConfig().recursion_limit(7));
    FAIL() << "it ended";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("recursion limit of 7"), std::string::npos) << error.what();
  }
  EXPECT_THROW(RunConfig().recursion_limit(0), ConfigError);
}

TEST(RunConfig, many_calls_side_by_side_are_no_recursion) {
  const auto chain = chain_of(FakeChatModel("yes"));
  const auto many = [](Runnable<Dict, std::string> of) -> awaitable<std::size_t> {
    std::vector<awaitable<std::string>> calls;
    for (int i = 0; i < 500; ++i) calls.push_back(of.ainvoke("q"));
    const auto all = co_await gather(std::move(calls));
    co_return all.size();
  };
  EXPECT_EQ(run(many(chain)), 500u);
}

}  // namespace
}  // namespace corochain::run_config_test
