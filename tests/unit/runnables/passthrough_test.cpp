// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/passthrough.hpp"

#include <gtest/gtest.h>

#include <concepts>

#include "corochain/concurrency/gather.hpp"
#include "corochain/parsers/str_output_parser.hpp"
#include "corochain/prompts/chat_prompt_template.hpp"
#include "corochain/runnables/generator.hpp"
#include "corochain/runnables/lambda.hpp"
#include "corochain/runnables/parallel.hpp"
#include "corochain/runnables/sequence.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/run_recorder.hpp"
#include "support/virtual_work.hpp"

namespace corochain::passthrough_test {
namespace {
using namespace std::chrono_literals;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using names = std::vector<std::string>;

Runnable<Dict, std::string> words(VirtualTime time, names all) {
  return RunnableGenerator<Dict, std::string>([time, all](Dict, Yield<std::string> yield) -> awaitable<void> {
    for (const std::string& word : all) {
      co_await time.sleep(10ms);
      co_await yield(word);
    }
  });
}

/// Returns "joke=a" for each chunk, and "{...}" for a whole Dict.
awaitable<names> chunks_of(Runnable<Dict, Dict> chain, Dict input) {
  names all;
  auto stream = chain.astream(std::move(input));
  for (;;) {
    const auto chunk = co_await stream.next();
    if (!chunk) break;
    all.push_back(chunk->dict() ? chunk->dict()->to_text() : chunk->key() + "=" + chunk->value().to_text());
  }
  co_return all;
}

TEST(passthrough, gives_what_it_is_given_and_passes_chunks_on) {
  EXPECT_EQ(RunnablePassthrough().invoke({{"a", 1}}).get<int>("a"), 1);
  EXPECT_EQ(*RunnablePassthrough().invoke("bare").bare_text(), "bare");
  EXPECT_EQ(RunnablePassthrough<std::string>().invoke("text"), "text");
  VirtualTime time;
  const auto chain = words(time, {"a", "b"}) | RunnablePassthrough<std::string>();
  EXPECT_TRUE(chain.streams());
  names chunks;
  time.run([](Runnable<Dict, std::string> streamed, names& seen) -> awaitable<void> {
    auto stream = streamed.astream(Dict());
    for (;;) {
      const auto chunk = co_await stream.next();
      if (!chunk) break;
      seen.push_back(*chunk);
    }
  }(chain, chunks));
  EXPECT_EQ(chunks, (names{"a", "b"}));
}

TEST(assign, adds_values_and_replaces_those_of_its_names) {
  const auto prompt = ChatPromptTemplate::from_template("{question} {context}");
  const FakeChatModel echo([](const Messages& all) { return FakeReply(all[0].content()); });
  const auto retrieve = [](const Dict& input) -> awaitable<std::string> {
    co_return "what is known of " + input.get<std::string>("question");
  };
  const auto chain =
      RunnablePassthrough<>::assign({{"context", retrieve}}) | prompt | echo | StrOutputParser();
  EXPECT_EQ(chain.invoke({{"question", "bears"}}), "bears what is known of bears");

  const auto counted =
      RunnablePassthrough().assign({{"n", [](const Dict& input) { return input.get<int>("n") + 1; }},
                                    {"two", [](const Dict&) { return 2; }}});
  const Dict answer = counted.assign({{"three", [](const Dict& input) { return input.get<int>("two") + 1; }}})
                          .invoke({{"n", 6}, {"kept", "k"}});
  EXPECT_EQ(answer.names(), (names{"kept", "n", "three", "two"}));
  EXPECT_EQ(answer.get<int>("n"), 7);
  EXPECT_EQ(answer.get<int>("three"), 3);
}

TEST(assign, refuses_bare_text_and_says_what_to_do) {
  const auto chain = RunnablePassthrough<>::assign({{"n", [](const Dict&) { return 1; }}});
  for (const bool streamed : {false, true}) {
    std::string said;
    try {
      if (streamed)
        run(chain.astream("secret words").collect());
      else
        chain.invoke("secret words");
    } catch (const PromptError& error) {
      said = error.what();
    }
    EXPECT_NE(said.find("give it one"), std::string::npos) << said;
    EXPECT_EQ(said.find("secret"), std::string::npos) << said;
  }
}

TEST(assign, passes_input_chunks_except_those_it_replaces) {
  VirtualTime time;
  const RunnableParallel first({{"a", words(time, {"1", "2"})}, {"b", words(time, {"x", "y"})}});
  const auto chain =
      first.assign({{"b", words(time, {"new", "er"})}, {"size", [](const Dict& in) { return in.size(); }}});
  EXPECT_TRUE(chain.streams());
  EXPECT_EQ(time.run(chunks_of(chain, Dict())), (names{"a=1", "a=2", "size=2", "b=new", "b=er"}));
  const Dict whole = time.run(chain.astream(Dict()).collect());
  EXPECT_EQ(whole.get<std::string>("b"), "newer");
  const auto plain = RunnablePassthrough<>::assign({{"b", words(time, {"new"})}});
  EXPECT_TRUE(plain.streams());
  EXPECT_EQ(time.run(chunks_of(plain, {{"b", 1}, {"c", 2}})), (names{R"({"c": 2})", "b=new"}));
}

TEST(assign, lives_on_in_its_stream_and_tells_listeners) {
  const auto recorder = std::make_shared<test::RunRecorder>();
  std::optional<Runnable<Dict, Dict>> chain =
      RunnablePassthrough<>::assign({{"n", [](const Dict&) { return 1; }}})
          .with_config(RunConfig().callback(recorder));
  auto stream = chain->astream(Dict());
  chain.reset();
  const Dict whole = run(std::move(stream).collect());
  EXPECT_EQ(whole.get<int>("n"), 1);
  EXPECT_EQ(recorder->started(), (names{"RunnableAssign", "RunnableParallel", "RunnableLambda map:key:n"}));
}

TEST(pick, gives_one_value_or_a_smaller_dict) {
  const Runnable<Dict, Dict> same = RunnablePassthrough();
  const auto one = same.pick("a");
  static_assert(std::same_as<decltype(one), const Runnable<Dict, Value>>);
  EXPECT_EQ(one.invoke({{"a", 1}, {"b", 2}}).get<int>(), 1);
  const auto some = same.pick({"a", "c"});
  static_assert(std::same_as<decltype(some), const Runnable<Dict, Dict>>);
  EXPECT_EQ(some.invoke({{"a", 1}, {"b", 2}}).names(), names{"a"});
  EXPECT_EQ(same.pick({"b"}).invoke({{"a", 1}, {"b", 2}}).names(), names{"b"});
  EXPECT_THROW(same.pick(ListArg<std::string>()), ConfigError);
}

TEST(pick, of_a_name_that_is_missing_says_what_is_there) {
  const Runnable<Dict, Dict> same = RunnablePassthrough();
  std::string said;
  try {
    (void)same.pick("c").invoke({{"a", 1}, {"b", 2}});
  } catch (const PromptError& error) {
    said = error.what();
  }
  EXPECT_NE(said.find("'c'"), std::string::npos) << said;
  EXPECT_NE(said.find("'a', 'b'"), std::string::npos) << said;
}

TEST(pick, passes_the_chunks_of_its_names) {
  VirtualTime time;
  const RunnableParallel first({{"a", words(time, {"1", "2"})}, {"b", words(time, {"x", "y"})}});
  const auto chain = first.pick({"b", "c"});
  EXPECT_TRUE(chain.streams());
  EXPECT_EQ(time.run(chunks_of(chain, Dict())), (names{"b=x", "b=y"}));
  EXPECT_EQ(time.run(chunks_of(RunnablePassthrough() | first.pick({"a"}), Dict())), (names{"a=1", "a=2"}));
}

TEST(map, calls_for_each_element_and_keeps_their_order) {
  VirtualTime time;
  const RunnableLambda slow_first([time](int n) -> awaitable<std::string> {
    co_await time.sleep(std::chrono::milliseconds(10 - n));
    co_return std::to_string(n);
  });
  const auto each = slow_first.map();
  static_assert(std::same_as<decltype(each), const Runnable<std::vector<int>, std::vector<std::string>>>);
  EXPECT_EQ(time.run(each.ainvoke(std::vector{1, 2, 3})), (names{"1", "2", "3"}));
  EXPECT_EQ(time.now(), 9ms);
  EXPECT_EQ(time.run(each.ainvoke(std::vector<int>())), names());
  const RunnableLambda split([](const std::string& text) { return std::vector<int>(text.size(), 4); });
  EXPECT_EQ(time.run((split | each).ainvoke("ab")), (names{"4", "4"}));
  const RunnableLambda odd([](int n) { return n % 2 == 1; });
  EXPECT_EQ(odd.map().invoke({1, 2}), (std::vector<bool>{true, false}));
}

TEST(map, counts_in_the_budget_and_stops_all_on_failure) {
  VirtualTime time;
  test::virtual_work work(time);
  const auto each = RunnableLambda([&work](int n) {
                      return n < 0 ? work.fail("negative", 1ms) : work.give(n, std::chrono::milliseconds(n));
                    }).map();
  const std::vector<int> twice =
      time.run(each.ainvoke(std::vector{10, 10, 10, 10}, RunConfig().max_concurrency(2)));
  EXPECT_EQ(twice.size(), 4u);
  EXPECT_EQ(work.alive().peak, 2);
  EXPECT_EQ(work.now(), 20ms);
  EXPECT_THROW(time.run(each.ainvoke(std::vector{100, -1, 100})), std::runtime_error);
  EXPECT_EQ(work.alive().now, 0);
  EXPECT_EQ(work.now(), 21ms);
  std::vector<std::vector<int>> lists(3, std::vector{5, 5, 5});
  test::virtual_work counted(time);
  const auto nested = RunnableLambda([&counted](int n) { return counted.give(n, 5ms); }).map();
  (void)time.run(nested.abatch(lists, {.max_concurrency = 2}));
  EXPECT_EQ(counted.alive().peak, 2);
}

TEST(map, tells_listeners_of_each) {
  const auto recorder = std::make_shared<test::RunRecorder>();
  const RunnableLambda same([](int n) { return n; });
  (void)same.map().invoke({5, 6}, RunConfig().callback(recorder));
  EXPECT_EQ(recorder->started(),
            (names{"RunnableEach", "RunnableLambda map:index:0", "RunnableLambda map:index:1"}));
}

}  // namespace
}  // namespace corochain::passthrough_test
