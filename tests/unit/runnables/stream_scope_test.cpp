// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "corochain/corochain.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/event_recorder.hpp"
#include "support/function_runnable.hpp"
#include "support/run_on.hpp"

namespace corochain::stream_scope_test {
namespace {
using namespace std::chrono_literals;
using test::EventRecorder;
using testing::FakeChatModel;

using Chain = Runnable<Dict, std::string>;

ChatPromptTemplate prompt() { return ChatPromptTemplate::from_template("{question}"); }

void consume(const Chain& chain, const RunConfig& config) {
  for (const auto& chunk : chain.stream("why?", config)) EXPECT_FALSE(chunk.empty());
}

/// The parent of each run, by name.
std::map<std::string, std::string> parents_in(const std::vector<RunEvent>& events) {
  std::map<std::uint64_t, std::string> names;
  for (const RunEvent& each : events) names[each.run_id().value] = each.name();
  std::map<std::string, std::string> parents;
  for (const RunEvent& each : events) {
    std::string all;
    for (const RunId id : each.parent_ids()) all += names[id.value] + '/';
    parents[each.name()] = all;
  }
  return parents;
}

TEST(StreamScope, steps_of_a_streamed_chain_stand_side_by_side) {
  const auto chain =
      prompt() | FakeChatModel("yes") | StrOutputParser() | [](std::string text) { return text; };
  const auto whole = std::make_shared<EventRecorder>();
  const auto streamed = std::make_shared<EventRecorder>();
  (void)chain.invoke("why?", RunConfig().callback(whole));
  consume(chain, RunConfig().callback(streamed));
  const auto parents = parents_in(streamed->events());
  EXPECT_EQ(parents, parents_in(whole->events()));
  EXPECT_EQ(parents.at("FakeChatModel"), "RunnableSequence/");
  EXPECT_EQ(parents.at("ChatPromptTemplate"), "RunnableSequence/");
}

TEST(StreamScope, a_steps_binding_does_not_reach_earlier_steps) {
  std::vector<std::string> seen;
  const auto look = [&seen](Messages asked) -> awaitable<Messages> {
    const RunConfig config = co_await current_config();
    for (const std::string& tag : config.tags()) seen.push_back(tag);
    for (const auto& [name, value] : config.configurable()) seen.push_back(name);
    for (const auto& [name, value] : config.metadata()) seen.push_back(name);
    co_return asked;
  };
  const auto recorder = std::make_shared<EventRecorder>();
  const auto told = std::make_shared<EventRecorder>();
  const RunConfig bound = RunConfig()
                              .tag("bound")
                              .configurable("bound too", 1)
                              .metadata("as well", 1)
                              .max_concurrency(1)
                              .callback(told)
                              .run_name("last");
  const Chain chain = prompt() | look | FakeChatModel("yes") | StrOutputParser().with_config(bound);
  for (const bool heard : {false, true}) {
    consume(chain, heard ? RunConfig().callback(recorder).tag("given") : RunConfig().tag("given"));
    EXPECT_EQ(seen, std::vector<std::string>{"given"});
    seen.clear();
    EXPECT_EQ(chain.invoke("why?", RunConfig().tag("given")), "yes");
    EXPECT_EQ(seen, std::vector<std::string>{"given"}) << "as where nothing is streamed";
    seen.clear();
  }
  for (const RunEvent& each : recorder->events()) {
    const bool has = std::find(each.tags().begin(), each.tags().end(), "bound") != each.tags().end();
    EXPECT_EQ(has, each.type() == RunType::parser) << each.event() << ' ' << each.name();
    EXPECT_EQ(each.name() == "last", each.type() == RunType::parser) << each.event() << ' ' << each.name();
  }
  for (const RunEvent& each : told->events()) EXPECT_EQ(each.type(), RunType::parser) << each.name();
  EXPECT_FALSE(told->events().empty());
}

TEST(StreamScope, a_handler_that_is_given_twice_is_told_once) {
  const auto recorder = std::make_shared<EventRecorder>();
  const RunConfig config = RunConfig().callback(recorder);
  const auto inner = prompt() | FakeChatModel("yes") | StrOutputParser();
  const auto outer = test::runnable_of<std::string, std::string>(
      [inner, config](std::string text) { return inner.ainvoke(text, config); });
  EXPECT_EQ(outer.with_config(config).invoke("why?", config), "yes");
  std::map<std::string, int> count;
  for (const RunEvent& each : recorder->events()) ++count[each.event()];
  EXPECT_EQ(count["on_chat_model_start"], 1);
  EXPECT_EQ(count["on_prompt_end"], 1);
  EXPECT_EQ(count["on_chain_start"], 2);  // the function and the chain that it calls
}

TEST(StreamScope, a_name_is_of_its_own_run_or_of_none) {
  const auto recorder = std::make_shared<EventRecorder>();
  const auto model = FakeChatModel("yes").with_config(RunConfig().callback(recorder));
  const Chain chain = prompt() | model | StrOutputParser();
  const RunConfig named = RunConfig().run_name("summarise");
  (void)chain.invoke("why?", named);
  consume(chain, named);
  for (const RunEvent& each : recorder->events()) EXPECT_EQ(each.name(), "FakeChatModel");
  EXPECT_EQ(recorder->events().size(), 5u);  // with one chunk

  const auto bound = std::make_shared<EventRecorder>();
  const auto own = FakeChatModel("yes").with_config(RunConfig().callback(bound).run_name("mine"));
  const Chain second = prompt() | own | StrOutputParser();
  (void)second.invoke("why?", named);
  for (const RunEvent& each : bound->events()) EXPECT_EQ(each.name(), "mine");
}

TEST(StreamScope, a_time_limit_of_a_step_includes_its_input) {
  const auto slow = prompt() | FakeChatModel(testing::FakeReply("late").after(1h));
  const Chain chain = slow | StrOutputParser().with_config(RunConfig().timeout(5ms));
  EXPECT_THROW(consume(chain, RunConfig()), TimeoutError);
}

TEST(StreamScope, a_timeout_of_a_configuration_speaks_of_the_run) {
  const auto slow = prompt() | FakeChatModel(testing::FakeReply("late").after(1h)) | StrOutputParser();
  for (const bool streamed : {false, true}) {
    try {
      if (streamed)
        consume(slow, RunConfig().timeout(5ms));
      else
        (void)slow.invoke("why?", RunConfig().timeout(5ms));
      ADD_FAILURE();
    } catch (const TimeoutError& error) {
      EXPECT_EQ(error.phase(), Phase::run);
    }
  }
  const auto quick = prompt() | FakeChatModel("yes") | StrOutputParser();
  const auto past = std::chrono::steady_clock::time_point::min();
  EXPECT_THROW((void)quick.invoke("q", RunConfig().deadline(past)), TimeoutError);
  EXPECT_THROW((void)quick.invoke("q", RunConfig().timeout(RunConfig::duration::min())), TimeoutError);
  EXPECT_THROW((void)quick.batch({"q"}, BatchOptions(), RunConfig().deadline(past)), TimeoutError);
  EXPECT_EQ(quick.invoke("q", RunConfig().timeout(RunConfig::duration::max())), "yes");
}

awaitable<int> read_under_timeouts(Runnable<int, std::string> chain) {
  auto chunks = chain.astream(4);
  int count = 0;
  for (;;) {
    auto next = timeout(1h, chunks.next());
    const auto chunk = co_await std::move(next);
    if (!chunk) break;
    EXPECT_EQ(*chunk, "no deadline");
    ++count;
  }
  co_return count;
}

TEST(StreamScope, a_timeout_of_one_chunk_is_not_the_streams) {
  const RunnableLambda looks([](int count, Yield<std::string> yield) -> awaitable<void> {
    for (int i = 0; i < count; ++i) {
      const auto deadline = co_await run_deadline();
      co_await yield(deadline ? "a deadline" : "no deadline");
    }
  });
  EXPECT_EQ(run(read_under_timeouts(looks)), 4);
  boost::asio::io_context loop;
  EXPECT_EQ(test::run_on(loop, read_under_timeouts(looks)), 4);
  EXPECT_EQ(run(gather(read_under_timeouts(looks), read_under_timeouts(looks))), std::make_tuple(4, 4));
}

awaitable<void> use_what_was_moved_from(Chain chain) {
  auto chunks = chain.astream("why?");
  auto taken = std::move(chunks);
  EXPECT_EQ(co_await std::move(taken).collect(), "yes");
  co_await chunks.close();  // NOLINT(bugprone-use-after-move): that is the question
  try {
    const auto chunk = co_await chunks.next();
    ADD_FAILURE() << chunk.has_value();
  } catch (const CancelledError&) {
  }
}

TEST(StreamScope, a_stream_that_was_moved_from_says_so) {
  run(use_what_was_moved_from(prompt() | FakeChatModel("yes") | StrOutputParser()));
}

}  // namespace
}  // namespace corochain::stream_scope_test
