// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Where a run's configuration is found, and where it is lost.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/event_recorder.hpp"
#include "support/fake_chain.hpp"
#include "support/function_runnable.hpp"

namespace corochain::current_config_test {
namespace {
namespace asio = boost::asio;
using test::chain_of;
using test::EventRecorder;
using testing::FakeChatModel;

Runnable<std::string, RunConfig> config_finder() {
  return test::runnable_of<std::string, RunConfig>([](std::string) { return current_config(); });
}

RunConfig nightly() {
  return RunConfig().tag("nightly").metadata("who", "ada").configurable("session", "s1");
}

void expect_nightly(const RunConfig& found) {
  EXPECT_EQ(found.tags(), std::vector<std::string>{"nightly"});
  EXPECT_EQ(found.metadata().to_text(), R"({"who": "ada"})");
  EXPECT_EQ(found.configurable().to_text(), R"({"session": "s1"})");
}

/// Calls on threads of a pool. The pool outlives those that the chain uses, whose frames keep its executor
/// for a moment longer.
template <class T>
std::vector<T> on_pool(asio::thread_pool& home, const Runnable<std::string, T>& chain,
                       const RunConfig& config) {
  std::vector<T> all;
  all.push_back(asio::co_spawn(home, chain.ainvoke("", config), asio::use_future).get());
  all.push_back(asio::co_spawn(asio::make_strand(home), chain.ainvoke("", config), asio::use_future).get());
  return all;
}

/// Does the same, and on the library's own loop.
template <class T>
std::vector<T> everywhere(asio::thread_pool& home, const Runnable<std::string, T>& chain,
                          const RunConfig& config) {
  auto all = on_pool(home, chain, config);
  all.push_back(chain.invoke("", config));
  return all;
}

/// A user's coroutine that asks for the configuration.
awaitable<RunConfig> ask_below() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  co_await asio::post(here, asio::use_awaitable);
  const RunConfig found = co_await current_config();
  co_return found;
}

TEST(CurrentConfig, is_found_on_a_strand_that_is_made_inside_the_run) {
  asio::thread_pool home(2);
  const auto look = test::runnable_of<std::string, RunConfig>([](std::string) -> awaitable<RunConfig> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    const RunConfig direct =
        co_await asio::co_spawn(asio::make_strand(here), ask_below(), asio::use_awaitable);
    expect_nightly(direct);
    const asio::any_io_executor strand = asio::make_strand(here);
    const RunConfig twice =
        co_await asio::co_spawn(asio::make_strand(strand), current_config(), asio::use_awaitable);
    co_return twice;
  });
  for (const RunConfig& found : everywhere(home, look, nightly())) expect_nightly(found);
}

TEST(CurrentConfig, is_found_in_a_coroutine_that_was_offloaded) {
  asio::thread_pool home(2);
  asio::thread_pool pool(2);
  const auto look = test::runnable_of<std::string, RunConfig>([&pool](std::string) -> awaitable<RunConfig> {
    const RunConfig direct = co_await offload(pool.get_executor(), current_config);
    expect_nightly(direct);
    const RunConfig below = co_await offload(pool.get_executor(), ask_below);
    co_return below;
  });
  for (const RunConfig& found : everywhere(home, look, nightly())) expect_nightly(found);
}

TEST(CurrentConfig, is_found_below_a_chain_that_is_called_from_there) {
  asio::thread_pool home(2);
  asio::thread_pool pool(2);
  const auto finder = config_finder().with_config(RunConfig().tag("bound"));
  const auto call = [finder] { return finder.ainvoke("", RunConfig().metadata("call", "own")); };
  const auto look = test::runnable_of<std::string, std::vector<RunConfig>>(
      [&pool, call](std::string) -> awaitable<std::vector<RunConfig>> {
        const asio::any_io_executor here = co_await asio::this_coro::executor;
        std::vector<RunConfig> found;
        found.push_back(co_await asio::co_spawn(asio::make_strand(here), call(), asio::use_awaitable));
        found.push_back(co_await offload(pool.get_executor(), call));
        co_return found;
      });
  for (const auto& both : everywhere(home, look, nightly())) {
    ASSERT_EQ(both.size(), 2u);
    for (const RunConfig& found : both) {
      EXPECT_EQ(found.tags(), (std::vector<std::string>{"nightly", "bound"}));
      EXPECT_EQ(found.metadata().to_text(), R"({"call": "own", "who": "ada"})");
      EXPECT_EQ(found.configurable().to_text(), R"({"session": "s1"})");
    }
  }
}

TEST(CurrentConfig, is_lost_on_a_bare_executor) {
  asio::thread_pool home(2);
  asio::thread_pool pool(1);
  const auto recorder = std::make_shared<EventRecorder>();
  const auto inner = chain_of(FakeChatModel("yes")).with_config(RunConfig().run_name("inner"));
  const auto look = test::runnable_of<std::string, RunConfig>([&](std::string) -> awaitable<RunConfig> {
    const std::string answer = co_await asio::co_spawn(pool, inner.ainvoke("q"), asio::use_awaitable);
    EXPECT_EQ(answer, "yes");
    const RunConfig lost = co_await asio::co_spawn(pool, current_config(), asio::use_awaitable);
    EXPECT_TRUE(lost.empty());
    const RunConfig kept = co_await current_config();
    expect_nightly(kept);
    co_return lost;
  });
  for (const RunConfig& lost : on_pool(home, look, nightly().callback(recorder))) EXPECT_TRUE(lost.empty());
  for (const RunEvent& event : recorder->events()) EXPECT_EQ(event.name(), "RunnableLambda");
  EXPECT_EQ(recorder->events().size(), 4u);  // two starts and two ends
}

TEST(CurrentConfig, events_of_a_nested_chain_have_the_run_as_parent) {
  asio::thread_pool home(2);
  asio::thread_pool pool(2);
  const auto chain = chain_of(FakeChatModel("yes"));
  const auto call = [chain](const char* name) { return chain.ainvoke("q", RunConfig().run_name(name)); };
  const auto offloaded = [call] { return call("offloaded"); };
  const auto outer = test::runnable_of<std::string, std::string>([&pool, call, offloaded](
                                                                     std::string) -> awaitable<std::string> {
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    std::string all = co_await asio::co_spawn(asio::make_strand(here), call("strand"), asio::use_awaitable);
    all += co_await offload(pool.get_executor(), offloaded);
    all += co_await call("here");
    co_return all;
  });
  const auto recorder = std::make_shared<EventRecorder>();
  const RunConfig config = nightly().run_name("outer").callback(recorder);
  for (const std::string& answer : everywhere(home, outer, config)) EXPECT_EQ(answer, "yesyesyes");

  std::map<std::uint64_t, RunEvent> starts;
  std::map<std::string, int> ends;
  for (const RunEvent& event : recorder->events()) {
    EXPECT_EQ(event.tags().front(), "nightly");
    EXPECT_EQ(event.metadata().to_text(), R"({"who": "ada"})");
    if (event.kind() == RunEventKind::started) {
      EXPECT_TRUE(starts.emplace(event.run_id().value, event).second);
    } else {
      EXPECT_EQ(event.kind(), RunEventKind::ended);
      ++ends[event.name()];
    }
    const std::vector<RunId> parents = event.parent_ids();
    if (event.name() == "outer") {
      EXPECT_TRUE(parents.empty());
      continue;
    }
    ASSERT_FALSE(parents.empty()) << event.name();
    ASSERT_TRUE(starts.contains(parents.back().value)) << "a parent begins before its child";
    const RunEvent& parent = starts.at(parents.back().value);
    std::vector<RunId> above = parent.parent_ids();
    above.push_back(parent.run_id());
    EXPECT_EQ(parents, above);
    const bool is_chain = event.type() == RunType::chain;
    EXPECT_EQ(parents.size(), is_chain ? 1u : 2u) << event.name();
    EXPECT_EQ(parent.name() == "outer", is_chain) << event.name();
  }
  const std::map<std::string, int> expected{
      {"outer", 3},         {"strand", 3},          {"offloaded", 3},         {"here", 3},
      {"FakeChatModel", 9}, {"StrOutputParser", 9}, {"ChatPromptTemplate", 9}};
  EXPECT_EQ(ends, expected);
  EXPECT_EQ(starts.size(), 39u);
}

}  // namespace
}  // namespace corochain::current_config_test
