// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/parallel.hpp"

#include <gtest/gtest.h>

#include <concepts>

#include "corochain/parsers/str_output_parser.hpp"
#include "corochain/prompts/chat_prompt_template.hpp"
#include "corochain/runnables/generator.hpp"
#include "corochain/runnables/passthrough.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/run_recorder.hpp"
#include "support/virtual_work.hpp"

namespace corochain::parallel_test {
namespace {
using namespace std::chrono_literals;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using chunks_list = std::vector<std::string>;

FakeChatModel echo() {
  return FakeChatModel(
      [](const Messages& messages) { return FakeReply("echo: " + messages[messages.size() - 1].content()); });
}
auto text_chain(std::string prompt) {
  return ChatPromptTemplate::from_template(std::move(prompt)) | echo() | StrOutputParser();
}

/// Yields each word after a pause in virtual time.
Runnable<Dict, std::string> words(VirtualTime time, std::vector<std::string> all,
                                  std::chrono::milliseconds pause) {
  return RunnableGenerator<Dict, std::string>(
      [time, all, pause](Dict, Yield<std::string> yield) -> awaitable<void> {
        for (const std::string& word : all) {
          co_await time.sleep(pause);
          co_await yield(word);
        }
      });
}

awaitable<chunks_list> chunks_of(Runnable<Dict, Dict> chain, Dict input) {
  chunks_list all;
  auto stream = chain.astream(std::move(input));
  for (;;) {
    const auto chunk = co_await stream.next();
    if (!chunk) break;
    all.push_back(chunk->dict() ? chunk->dict()->to_text() : chunk->key() + "=" + chunk->value().to_text());
  }
  co_return all;
}

TEST(runnable_parallel, gives_a_dict_with_what_each_branch_made) {
  const RunnableParallel both(
      {{"joke", text_chain("joke about {topic}")}, {"poem", text_chain("poem about {topic}")}});
  static_assert(std::derived_from<RunnableParallel, Runnable<Dict, Dict>>);
  const Dict answer = both.invoke({{"topic", "bears"}});
  EXPECT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer.get<std::string>("joke"), "echo: joke about bears");
  EXPECT_EQ(answer.get<std::string>("poem"), "echo: poem about bears");
  // Bare text goes to each branch.
  EXPECT_EQ(both.invoke("cats").get<std::string>("poem"), "echo: poem about cats");
}

TEST(runnable_parallel, takes_functions_coroutines_and_any_value) {
  const auto later = [](Dict input) -> awaitable<double> { co_return input.get<double>("n") / 2; };
  const RunnableParallel all({{"count", [](const Dict& input) { return input.size(); }},
                              {"half", later},
                              {"message", ChatPromptTemplate::from_template("{n}") | echo()},
                              {"same", RunnablePassthrough()}});
  const Dict answer = all.invoke({{"n", 3}});
  EXPECT_EQ(answer.get<int>("count"), 1);
  EXPECT_EQ(answer.get<double>("half"), 1.5);
  EXPECT_EQ(answer.get<AIMessage>("message").content, "echo: 3");
  EXPECT_EQ(answer.get<Dict>("same").get<int>("n"), 3);
}

TEST(runnable_parallel, can_be_awaited_with_values_in_braces) {
  run([]() -> awaitable<void> {
    const std::string long_text(100, 'x');
    const RunnableParallel both({{"a", text_chain("{x}")}, {"b", text_chain("{x}")}});
    const Dict answer = co_await both.ainvoke({{"x", long_text}});
    EXPECT_EQ(answer.get<std::string>("b"), "echo: " + long_text);
  }());
}

TEST(runnable_parallel, runs_all_at_once_within_the_budget_of_the_run) {
  for (const std::size_t most : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    VirtualTime time;
    const FakeChatModel model(FakeReply("x").after(10ms), time);
    const auto chain = ChatPromptTemplate::from_template("{q}") | model | StrOutputParser();
    const RunnableParallel inner({{"a", chain}, {"b", chain}, {"c", chain}});
    const RunnableParallel outer({{"one", inner}, {"two", chain}});
    const Dict answer = time.run(outer.ainvoke({{"q", "?"}}, RunConfig().max_concurrency(most)));
    EXPECT_EQ(answer.get<Dict>("one").get<std::string>("c"), "x");
    EXPECT_EQ(model.max_in_flight(), most == 0 ? 4u : most);
    EXPECT_EQ(time.now(), most == 0 ? 10ms : 40ms / static_cast<int>(most));
  }
}

TEST(runnable_parallel, streams_within_a_budget_of_one) {
  VirtualTime time;
  const FakeChatModel model(FakeReply("x").after(10ms), time);
  const auto chain = ChatPromptTemplate::from_template("{q}") | model | StrOutputParser();
  const RunnableParallel inner({{"a", chain}, {"b", chain}});
  const Runnable<Dict, Dict> outer = RunnableParallel({{"one", inner}, {"two", chain}});
  const auto limited = outer.with_config(RunConfig().max_concurrency(1));
  const Dict whole = time.run(limited.astream({{"q", "?"}}).collect());
  EXPECT_EQ(whole.get<Dict>("one").get<std::string>("b"), "x");
  EXPECT_EQ(whole.get<std::string>("two"), "x");
  EXPECT_EQ(model.max_in_flight(), 1u);
}

TEST(runnable_parallel, a_failure_cancels_and_awaits_the_others) {
  VirtualTime time;
  test::virtual_work work(time);
  const RunnableParallel both({{"slow", [&](Dict) { return work.give(1, 1h); }},
                               {"fails", [&](Dict) { return work.fail("broken", 5ms); }}});
  EXPECT_THROW(time.run(both.ainvoke(Dict())), std::runtime_error);
  EXPECT_EQ(work.alive().peak, 2);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_EQ(work.now(), 5ms);
}

TEST(runnable_parallel, is_cancelled_with_all_its_branches) {
  VirtualTime time;
  test::virtual_work work(time);
  const RunnableParallel both(
      {{"a", [&](Dict) { return work.give(1, 1h); }}, {"b", [&](Dict) { return work.give(2, 2h); }}});
  EXPECT_THROW(time.run(both.ainvoke(Dict(), RunConfig().deadline(std::chrono::steady_clock::now()))),
               TimeoutError);
  EXPECT_THROW(time.run(gather(both.ainvoke(Dict()), work.fail("stop", 5ms))), std::runtime_error);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_EQ(work.now(), 5ms);
}

TEST(runnable_parallel, refuses_no_branches_and_two_of_one_name) {
  EXPECT_THROW(RunnableParallel(ListArg<NamedRunnable>()), ConfigError);
  std::string said;
  try {
    RunnableParallel({{"a", RunnablePassthrough()}, {"a", RunnablePassthrough()}});
  } catch (const ConfigError& error) {
    said = error.what();
  }
  EXPECT_NE(said.find("'a'"), std::string::npos) << said;
}

TEST(runnable_parallel, takes_a_vector_of_branches_by_name) {
  std::vector<NamedRunnable> parts;
  for (int i = 0; i < 20; ++i) parts.emplace_back("n" + std::to_string(i), [i](Dict) { return i; });
  const Dict answer = RunnableParallel(std::move(parts)).invoke(Dict());
  EXPECT_EQ(answer.size(), 20u);
  EXPECT_EQ(answer.get<int>("n17"), 17);
}

TEST(runnable_parallel, interleaves_the_chunks_of_its_branches) {
  VirtualTime time;
  const RunnableParallel both(
      {{"joke", words(time, {"a", "b", "c"}, 10ms)}, {"poem", words(time, {"x", "y"}, 14ms)}});
  EXPECT_TRUE(both.streams());
  const chunks_list chunks = time.run(chunks_of(both, Dict()));
  EXPECT_EQ(chunks, (chunks_list{"joke=a", "poem=x", "joke=b", "poem=y", "joke=c"}));
  const Dict whole = time.run(both.astream(Dict()).collect());
  EXPECT_EQ(whole.get<std::string>("joke"), "abc");
  EXPECT_EQ(whole.get<std::string>("poem"), "xy");
}

TEST(runnable_parallel, streams_messages_and_whole_values_under_their_keys) {
  const RunnableParallel both({{"message", ChatPromptTemplate::from_template("{n}") | echo()},
                               {"count", [](const Dict& input) { return input.size(); }}});
  bool chunk_seen = false;
  for (const DictChunk& chunk : both.stream({{"n", 1}})) {
    if (chunk.key() == "message") chunk_seen = chunk.value().get_if<AIMessageChunk>() != nullptr;
    if (chunk.key() == "count") {
      EXPECT_EQ(chunk.value().get<int>(), 1);
    }
  }
  EXPECT_TRUE(chunk_seen);
  const Dict whole = run(both.astream({{"n", 1}}).collect());
  EXPECT_EQ(whole.get<AIMessage>("message").content, "echo: 1");
}

TEST(runnable_parallel, nested_in_another_streams_chunks_within_chunks) {
  VirtualTime time;
  const RunnableParallel inner({{"a", words(time, {"1", "2"}, 1ms)}, {"b", words(time, {"3"}, 1ms)}});
  const RunnableParallel outer({{"in", inner}, {"c", words(time, {"4"}, 1ms)}});
  const Dict whole = time.run(outer.astream(Dict()).collect());
  EXPECT_EQ(whole.get<Dict>("in").get<std::string>("a"), "12");
  EXPECT_EQ(whole.get<Dict>("in").get<std::string>("b"), "3");
  EXPECT_EQ(whole.get<std::string>("c"), "4");
}

TEST(runnable_parallel, a_failing_branch_stops_the_others_of_a_stream) {
  VirtualTime time;
  test::virtual_work work(time);
  const RunnableParallel both({{"slow", [&](Dict) { return work.give(1, 1h); }},
                               {"fails", [&](Dict) { return work.fail("broken", 5ms); }},
                               {"fast", [&](Dict) { return work.give(2, 1ms); }}});
  chunks_list chunks;
  time.run([](Runnable<Dict, Dict> chain, chunks_list& keys) -> awaitable<void> {
    auto stream = chain.astream(Dict());
    try {
      for (;;) {
        const auto chunk = co_await stream.next();
        if (!chunk) break;
        keys.push_back(chunk->key());
      }
      ADD_FAILURE() << "did not fail";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "broken");
    }
  }(both, chunks));
  EXPECT_EQ(chunks, chunks_list{"fast"});
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_EQ(work.now(), 5ms);
}

TEST(runnable_parallel, a_left_stream_stops_all_branches) {
  VirtualTime time;
  test::virtual_work work(time);
  std::optional<RunnableParallel> both;
  both.emplace(ListArg<NamedRunnable>({"slow", [&](Dict) { return work.give(1, 1h); }},
                                      {"fast", [&](Dict) { return work.give(2, 1ms); }}));
  time.run([](std::optional<RunnableParallel>& chain, test::virtual_work& counted) -> awaitable<void> {
    auto stream = std::make_unique<Stream<Dict>>(chain->astream(Dict()));
    chain.reset();
    const auto first = co_await stream->next();
    EXPECT_EQ(first->key(), "fast");
    EXPECT_EQ(counted.alive().now, 1);
    stream.reset();
    co_await counted.time().sleep(1ms);
    EXPECT_EQ(counted.alive().now, 0);
  }(both, work));
  EXPECT_EQ(work.now(), 2ms);
}

TEST(runnable_parallel, tells_listeners_of_its_branches) {
  const auto named = text_chain("{x}").with_config(RunConfig().run_name("named").tag("bound"));
  const RunnableParallel both({{"plain", RunnablePassthrough()}, {"bound", named}});
  const std::vector<std::string> expected{"RunnableParallel nightly",
                                          "RunnablePassthrough nightly map:key:plain",
                                          "named nightly bound map:key:bound"};
  const auto called = std::make_shared<test::RunRecorder>();
  both.invoke({{"x", 1}}, RunConfig().callback(called).tag("nightly"));
  for (const auto& line : expected) EXPECT_TRUE(called->has(line)) << line;
  EXPECT_EQ(called->depth_of(expected[2]), 1u);
  EXPECT_TRUE(called->has("StrOutputParser nightly bound seq:step:3"));
  const auto streamed = std::make_shared<test::RunRecorder>();
  const auto listened = both.with_config(RunConfig().callback(streamed).tag("nightly"));
  run(listened.astream({{"x", 1}}).collect());
  for (const auto& line : expected) EXPECT_TRUE(streamed->has(line)) << line;
  EXPECT_EQ(streamed->depth_of(expected[2]), 1u);
}

TEST(parallel, keeps_the_types_of_its_parts) {
  const auto chain = text_chain("{x}");
  const auto typed = parallel(chain, [](const Dict& input) { return input.size(); }, RunnablePassthrough());
  static_assert(std::same_as<decltype(typed)::output_type, std::tuple<std::string, std::size_t, Dict>>);
  const auto [text, count, same] = typed.invoke({{"x", "y"}});
  EXPECT_EQ(text, "echo: y");
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(same.get<std::string>("x"), "y");
  const auto behind =
      typed | [](const std::tuple<std::string, std::size_t, Dict>& all) { return std::get<1>(all); };
  EXPECT_EQ(behind.invoke({{"x", "y"}}), 1u);
}

TEST(parallel, counts_in_the_budget_and_stops_all_on_failure) {
  VirtualTime time;
  test::virtual_work work(time);
  const Runnable<Dict, Dict> same = RunnablePassthrough();
  const auto one = [&](Dict) { return work.give(1, 10ms); };
  const auto all = parallel(same, one, one, one);
  const auto answer = time.run(all.ainvoke(Dict(), RunConfig().max_concurrency(1)));
  EXPECT_EQ(std::get<3>(answer), 1);
  EXPECT_EQ(work.alive().peak, 1);
  EXPECT_EQ(work.now(), 30ms);
  const auto failing =
      parallel(same, [&](Dict) { return work.give(1, 1h); }, [&](Dict) { return work.fail("no", 1ms); });
  EXPECT_THROW(time.run(failing.ainvoke(Dict())), std::runtime_error);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_EQ(work.now(), 31ms);
}

TEST(parallel, tells_listeners_of_its_parts) {
  const auto recorder = std::make_shared<test::RunRecorder>();
  parallel(RunnablePassthrough(), [](const Dict& input) {
    return input.size();
  }).invoke(Dict(), RunConfig().callback(recorder));
  EXPECT_TRUE(recorder->has("RunnablePassthrough map:key:0"));
  EXPECT_TRUE(recorder->has("RunnableLambda map:key:1"));
}

}  // namespace
}  // namespace corochain::parallel_test
