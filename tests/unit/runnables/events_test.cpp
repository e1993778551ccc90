// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "corochain/corochain.hpp"
#include "corochain/testing/fake_chat_model.hpp"
#include "support/fake_chain.hpp"

namespace corochain::events_test {
namespace {
using test::chain_of;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;

awaitable<std::vector<std::string>> lines_of(Stream<RunEvent> events) {
  std::vector<std::string> lines;
  while (auto event = co_await events.next()) lines.push_back(event->event() + " " + event->name());
  co_return lines;
}

TEST(AstreamEvents, tell_of_a_whole_chain_as_one_stream) {
  const auto chain = chain_of(FakeChatModel("yes"));
  const auto lines = run(lines_of(chain.astream_events("q", RunConfig().run_name("asking"))));
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "on_chain_start asking",
                       "on_parser_start StrOutputParser",
                       "on_chat_model_start FakeChatModel",
                       "on_prompt_start ChatPromptTemplate",
                       "on_prompt_stream ChatPromptTemplate",
                       "on_prompt_end ChatPromptTemplate",
                       "on_chat_model_stream FakeChatModel",
                       "on_parser_stream StrOutputParser",
                       "on_chain_stream asking",
                       "on_chat_model_end FakeChatModel",
                       "on_parser_end StrOutputParser",
                       "on_chain_end asking",
                   }))
      << ::testing::PrintToString(lines);
}

TEST(AstreamEvents, come_while_the_call_goes_on) {
  VirtualTime time;
  const auto chain = chain_of(FakeChatModel(FakeReply("late").after(1h), time));
  const auto read = [](VirtualTime clock, Stream<RunEvent> events) -> awaitable<void> {
    auto first = co_await events.next();
    EXPECT_EQ(first->event(), "on_chain_start");
    EXPECT_EQ(clock.now(), 0s);  // the model needs another hour
    std::size_t more = 0;
    while (auto event = co_await events.next()) ++more;
    EXPECT_GT(more, 5u);
    EXPECT_EQ(clock.now(), 1h);
  };
  time.run(read(time, chain.astream_events("q")));
}

TEST(AstreamEvents, values_of_their_configuration_go_first) {
  const auto chain = chain_of(FakeChatModel("yes"));
  const auto outer = RunnableLambda([chain](std::string question) -> awaitable<int> {
    auto events = chain.astream_events(question, RunConfig().metadata("origin", "given"));
    int seen = 0;
    while (auto event = co_await events.next()) {
      EXPECT_EQ(event->metadata().get<std::string>("origin"), "given") << event->event();
      EXPECT_EQ(event->metadata().get<std::string>("other"), "inherited") << event->event();
      ++seen;
    }
    co_return seen;
  });
  EXPECT_GT(outer.invoke("q", RunConfig().metadata("origin", "inherited").metadata("other", "inherited")), 5);
}

TEST(AstreamEvents, of_a_failed_call_come_before_its_error) {
  const auto chain = chain_of(FakeChatModel(FakeReply::failure(ServerError("no"))));
  const auto read = [](Stream<RunEvent> events) -> awaitable<void> {
    std::vector<RunEventKind> kinds;
    bool thrown = false;
    try {
      while (auto event = co_await events.next()) kinds.push_back(event->kind());
    } catch (const ServerError&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), RunEventKind::failed), 3);  // model, parser, chain
  };
  run(read(chain.astream_events("q")));
}

TEST(AstreamEvents, left_early_stop_the_call) {
  VirtualTime time;
  const FakeChatModel model(FakeReply("late").after(1h), time);
  const auto read = [](VirtualTime clock, FakeChatModel asked,
                       Runnable<Dict, std::string> chain) -> awaitable<void> {
    {
      auto events = chain.astream_events("q");
      while (asked.in_flight() == 0) {
        auto event = co_await events.next();
        EXPECT_TRUE(event.has_value());
      }
      co_await events.close();
    }
    EXPECT_EQ(asked.in_flight(), 0u);
    EXPECT_EQ(clock.now(), 0s);
  };
  time.run(read(time, model, chain_of(model)));
}

TEST(Describe, shows_steps_and_what_they_do_with_chunks) {
  const auto chain = chain_of(FakeChatModel("yes"));
  EXPECT_EQ(chain.describe(),
            "RunnableSequence, gives chunks\n"
            "  1: ChatPromptTemplate (prompt), gives the whole at once\n"
            "  2: FakeChatModel (chat_model), gives chunks\n"
            "  3: StrOutputParser (parser), passes chunks on\n");
  AzureOptions options;
  options.azure_endpoint = "https://example.invalid";
  options.azure_deployment = "d";
  options.api_key = Secret("k");
  const auto prompt = ChatPromptTemplate::from_template("{question}");
  const auto real = prompt | AzureChatOpenAI(options) | StrOutputParser();
  EXPECT_TRUE(real.streams());
  EXPECT_FALSE((real | [](std::string text) { return text; }).streams());
  EXPECT_FALSE(prompt.streams());
}

TEST(Describe, draws_a_flowchart) {
  const auto chain = chain_of(FakeChatModel("yes")).with_config(RunConfig().run_name("the \"chain\""));
  EXPECT_EQ(chain.to_mermaid(),
            "graph TD\n"
            "  in([input])\n"
            "  subgraph g1 [\"the #quot;chain#quot;\"]\n"
            "    n1[\"ChatPromptTemplate\"]\n"
            "    in --> n1\n"
            "    n2[\"FakeChatModel\"]\n"
            "    n1 --> n2\n"
            "    n3[\"StrOutputParser\"]\n"
            "    n2 --> n3\n"
            "  end\n"
            "  out([output])\n"
            "  n3 --> out\n");
}

}  // namespace
}  // namespace corochain::events_test
