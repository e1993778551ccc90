// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The rules for several configurations that apply at once.

#include <gtest/gtest.h>

#include <algorithm>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/event_recorder.hpp"
#include "support/fake_chain.hpp"
#include "support/function_runnable.hpp"

namespace corochain::config_rules_test {
namespace {
namespace cc = corochain;
using test::chain_of;
using test::EventRecorder;
using testing::FakeChatModel;
using testing::FakeReply;
using namespace std::chrono_literals;

using clock_type = std::chrono::steady_clock;

/// Calls `callee` from inside a run, so that it inherits the run's configuration.
template <class Out>
Runnable<std::string, Out> caller_of(Runnable<std::string, Out> callee, RunConfig given = RunConfig()) {
  return test::runnable_of<std::string, Out>(
      [callee, given](std::string text) { return callee.ainvoke(text, given); });
}

/// Does the same with a stream of `callee`, which has one chunk.
template <class Out>
Runnable<std::string, Out> streamer_of(Runnable<std::string, Out> callee, RunConfig given = RunConfig()) {
  return test::runnable_of<std::string, Out>([callee, given](std::string text) -> awaitable<Out> {
    auto chunks = callee.astream(text, given);
    std::optional<Out> whole;
    while (auto chunk = co_await chunks.next()) whole = std::move(*chunk);
    co_return std::move(whole.value());
  });
}

// ---- several configurations

Runnable<std::string, RunConfig> config_finder() {
  return test::runnable_of<std::string, RunConfig>([](std::string) { return current_config(); });
}

/// Sets each of the names, as metadata and as a configurable value, to `origin`.
RunConfig says(const std::string& origin, const std::vector<std::string>& names) {
  RunConfig config;
  for (const std::string& each : names) config.metadata(each, origin).configurable(each, origin);
  return config;
}

TEST(ConfigRules, values_given_then_inherited_then_bound) {
  const auto bound = config_finder().with_config(says("bound", {"all", "b", "bg", "bi"}));
  const RunConfig given = says("given", {"all", "bg", "g", "gi"});
  const RunConfig inherited = says("inherited", {"all", "bi", "gi", "i"});
  const std::string expected =
      R"({"all": "given", "b": "bound", "bg": "given", "bi": "inherited", "g": "given", "gi": "given", )"
      R"("i": "inherited"})";
  for (const auto& chain : {caller_of(bound, given), streamer_of(bound, given)}) {
    const RunConfig found = chain.invoke("", inherited);
    EXPECT_EQ(found.metadata().to_text(), expected);
    EXPECT_EQ(found.configurable().to_text(), expected);
  }
  // If two are bound, the outer one is the caller of the inner one.
  const auto twice = bound.with_config(says("outer", {"all"}));
  EXPECT_EQ(twice.invoke("").metadata().get<std::string>("all"), "outer");
  EXPECT_EQ(twice.invoke("").metadata().get<std::string>("b"), "bound");
}

TEST(ConfigRules, tags_are_united) {
  const auto bound = config_finder().with_config(RunConfig().tags({"c", "d", "a"}));
  const RunConfig given = RunConfig().tags({"b", "c"});
  for (const auto& chain : {caller_of(bound, given), streamer_of(bound, given)}) {
    const RunConfig found = chain.invoke("", RunConfig().tags({"a", "b"}));
    EXPECT_EQ(found.tags(), (std::vector<std::string>{"a", "b", "c", "d"}));
  }
}

/// Calls itself until a recursion limit stops it, and returns that limit.
struct descent {
  awaitable<std::size_t> operator()(std::string text) const {
    const auto self = test::runnable_of<std::string, std::size_t>(descent());
    std::size_t limit = 0;
    try {
      limit = co_await self.ainvoke(text + "|");
    } catch (const ConfigError& error) {
      const std::string what = error.what();
      const std::string before = "recursion limit of ";
      limit = std::strtoul(what.c_str() + what.find(before) + before.size(), nullptr, 10);
      EXPECT_LE(text.size(), limit);
    }
    co_return limit;
  }
};

TEST(ConfigRules, recursion_limits_given_then_inherited_then_bound) {
  const auto plain = test::runnable_of<std::string, std::size_t>(descent());
  const auto limit = [](std::size_t depth) { return RunConfig().recursion_limit(depth); };
  EXPECT_EQ(plain.invoke(""), 25u);
  EXPECT_EQ(plain.with_config(limit(5)).invoke(""), 5u) << "a bound limit precedes the default";
  EXPECT_EQ(plain.with_config(limit(40)).invoke(""), 40u);
  for (const std::size_t nearer : {std::size_t{5}, std::size_t{40}}) {
    const std::size_t farther = 45 - nearer;
    const auto bound = plain.with_config(limit(farther));
    EXPECT_EQ(bound.invoke("", limit(nearer)), nearer) << "given and bound";
    EXPECT_EQ(caller_of(bound).invoke("", limit(nearer)), nearer) << "inherited and bound";
    EXPECT_EQ(caller_of(plain, limit(nearer)).invoke("", limit(farther)), nearer) << "given and inherited";
    EXPECT_EQ(caller_of(bound, limit(nearer)).invoke("", limit(farther)), nearer) << "all three";
    EXPECT_EQ(streamer_of(bound).invoke("", limit(nearer)), nearer) << "inherited and bound, streamed";
    EXPECT_EQ(streamer_of(bound, limit(nearer)).invoke("", limit(farther)), nearer) << "all three, streamed";
    EXPECT_EQ(bound.with_config(limit(nearer)).invoke(""), nearer) << "bound twice";
  }
}

/// How a step calls the steps below it.
enum class way {
  call,
  configured_call,
  stream,
  configured_stream,
  events,
  batch,
  configured_batch,
  query,
  configured_query
};

/// Calls itself until a recursion limit stops it. `deepest` is the number of calls.
struct nesting {
  way how;
  std::size_t* deepest;

  awaitable<std::string> operator()(std::string text) const {
    const auto self = test::runnable_of<std::string, std::string>(*this);
    const RunConfig config = RunConfig().tag("t");
    const std::string longer = text + "|";
    const std::vector<std::string> inputs{longer};
    QueryResult asked;
    *deepest = longer.size();
    switch (how) {
      case way::call: co_await self.ainvoke(longer); break;
      case way::configured_call: co_await self.ainvoke(longer, config); break;
      case way::stream: co_await self.astream(longer).collect(); break;
      case way::configured_stream: co_await self.astream(longer, config).collect(); break;
      case way::events: {
        auto events = self.astream_events(longer);
        while (auto event = co_await events.next()) {
        }
        break;
      }
      case way::batch: co_await self.abatch(inputs); break;
      case way::configured_batch: co_await self.abatch(inputs, BatchOptions(), config); break;
      case way::query: asked = co_await cc::query(self, longer); break;
      case way::configured_query: asked = co_await cc::query(self, longer, config); break;
    }
    if (asked.error) asked.error->rethrow();
    co_return text;
  }
};

std::size_t levels(way how, std::size_t limit) {
  std::size_t deepest = 0;
  const auto chain = test::runnable_of<std::string, std::string>(nesting{how, &deepest});
  EXPECT_THROW(chain.invoke("", RunConfig().recursion_limit(limit)), ConfigError);
  return deepest;
}

TEST(ConfigRules, every_call_is_one_level_for_the_recursion_limit) {
  for (const way how : {way::call, way::configured_call, way::stream, way::configured_stream, way::events,
                        way::batch, way::configured_batch, way::query, way::configured_query})
    EXPECT_EQ(levels(how, 12), 12u) << "way " << static_cast<int>(how);
}

TEST(ConfigRules, handlers_are_all_told) {
  const auto echo = test::runnable_of<std::string, std::string>([](std::string text) { return text; });
  for (const bool streamed : {false, true}) {
    const auto inherited = std::make_shared<EventRecorder>();
    const auto given = std::make_shared<EventRecorder>();
    const auto bound = std::make_shared<EventRecorder>();
    const auto inner = echo.with_config(RunConfig().run_name("inner").callback(bound));
    const RunConfig told = RunConfig().callback(given);
    const auto outer = streamed ? streamer_of(inner, told) : caller_of(inner, told);
    EXPECT_EQ(outer.invoke("text", RunConfig().run_name("outer").callback(inherited)), "text");
    std::vector<std::string> below{"on_chain_start inner", "on_chain_stream inner", "on_chain_end inner"};
    if (!streamed) below.erase(below.begin() + 1);
    EXPECT_EQ(given->lines(), below);
    EXPECT_EQ(bound->lines(), below);
    auto all = below;
    all.insert(all.begin(), "on_chain_start outer");
    all.push_back("on_chain_end outer");
    EXPECT_EQ(inherited->lines(), all);
  }
}

// ---- time

constexpr auto never = clock_type::time_point::max();

/// Returns the time by which the run must be done.
Runnable<std::string, clock_type::time_point> deadline_finder() {
  return test::runnable_of<std::string, clock_type::time_point>(
      [](std::string) -> awaitable<clock_type::time_point> {
        const auto deadline = co_await run_deadline();
        co_return deadline.value_or(never);
      });
}

/// The limits of these tests are hours apart, so a value within a quarter of one means that one.
void expect_left(clock_type::duration expected, clock_type::time_point deadline, const char* where) {
  const auto left = deadline - clock_type::now();
  EXPECT_LT(left, expected + 15min) << where;
  EXPECT_GT(left, expected - 15min) << where;
}

/// A limit as a length of time or as a point in time.
RunConfig limited(clock_type::duration length, bool as_point) {
  return as_point ? RunConfig().deadline(clock_type::now() + length) : RunConfig().timeout(length);
}

TEST(ConfigRules, of_time_limits_the_nearest_holds_whoever_sets_it) {
  const auto plain = deadline_finder();
  for (const auto& [first, second] : {std::pair{1h, 3h}, std::pair{3h, 1h}}) {
    for (const int kinds : {0, 1, 2, 3}) {
      SCOPED_TRACE(::testing::Message() << first.count() << "h and " << second.count() << "h, " << kinds);
      const RunConfig one = limited(first, (kinds & 1) != 0);
      const RunConfig other = limited(second, (kinds & 2) != 0);
      const auto bound = plain.with_config(other);
      expect_left(1h, bound.invoke("", one), "given and bound");
      expect_left(1h, caller_of(bound).invoke("", one), "inherited and bound");
      expect_left(1h, caller_of(plain, other).invoke("", one), "inherited and given");
      expect_left(1h, streamer_of(bound).invoke("", one), "inherited and bound, streamed");
      expect_left(1h, streamer_of(plain, other).invoke("", one), "inherited and given, streamed");
      expect_left(1h, streamer_of(bound, one).invoke(""), "given and bound, streamed");
      expect_left(1h, bound.with_config(one).invoke(""), "bound twice");
      expect_left(1h, bound.batch({"a"}, BatchOptions(), one).at(0), "given to a batch and bound");
      expect_left(1h, plain.batch({"a"}, {.timeout = first}, other).at(0), "both of a batch");
    }
    expect_left(1h, plain.invoke("", RunConfig().timeout(first).deadline(clock_type::now() + second)),
                "both in one");
    expect_left(1h, plain.invoke("", RunConfig().deadline(clock_type::now() + second).timeout(first)),
                "both in one, the other way round");
  }
  expect_left(1h,
              caller_of(plain.with_config(RunConfig().timeout(2h)), RunConfig().timeout(1h))
                  .invoke("", RunConfig().timeout(3h)),
              "the middle one");
}

TEST(ConfigRules, no_time_limit_lifts_another) {
  const auto plain = deadline_finder();
  const RunConfig none = RunConfig().timeout(clock_type::duration::max());
  const RunConfig nothing = RunConfig().deadline(never);
  for (const RunConfig& each : {none, nothing}) {
    EXPECT_EQ(plain.invoke("", each), never);
    const auto bound = plain.with_config(RunConfig().timeout(1h));
    expect_left(1h, bound.invoke("", each), "given none");
    expect_left(1h, caller_of(plain, each).invoke("", RunConfig().timeout(1h)), "given none in a run");
    expect_left(1h, caller_of(plain.with_config(each)).invoke("", RunConfig().timeout(1h)), "bound none");
  }
}

TEST(ConfigRules, the_nearest_time_limit_ends_the_run) {
  const FakeChatModel model(FakeReply("late").after(10h));
  const auto ask = [](std::string text) { return Dict(text); };
  const auto slow = test::runnable_of<std::string, Dict>(ask) | chain_of(model);
  const RunConfig near = RunConfig().timeout(5ms);
  const RunConfig far = RunConfig().timeout(5h);
  EXPECT_THROW(slow.with_config(far).invoke("q", near), TimeoutError);
  EXPECT_THROW(slow.with_config(near).invoke("q", far), TimeoutError);
  EXPECT_THROW(caller_of(slow, far).invoke("q", near), TimeoutError);
  EXPECT_THROW(caller_of(slow, near).invoke("q", far), TimeoutError);
  EXPECT_THROW(streamer_of(slow.with_config(far)).invoke("q", near), TimeoutError);
  EXPECT_THROW(streamer_of(slow.with_config(near)).invoke("q", far), TimeoutError);
  EXPECT_EQ(model.in_flight(), 0u);
}

}  // namespace
}  // namespace corochain::config_rules_test
