// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The contents of events, and the effect of a stream of events on its call.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace corochain::event_promises_test {
namespace {
namespace asio = boost::asio;
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;
using Chain = Runnable<Dict, std::string>;

Chain chain_of(const Runnable<Messages, AIMessage>& model) {
  return ChatPromptTemplate::from_template("{question}") | model | StrOutputParser();
}

// ---- contents

awaitable<std::vector<RunEvent>> all_of(Stream<RunEvent> events) {
  std::vector<RunEvent> all;
  while (auto event = co_await events.next()) all.push_back(*event);
  co_return all;
}

/// The events of two chains side by side.
class EventsOfAParallel : public ::testing::Test {
 protected:
  EventsOfAParallel() {
    const RunnableParallel both({{"joke", chain_of(FakeChatModel("a joke", time_))},
                                 {"poem", chain_of(FakeChatModel(FakeReply("a poem").after(1s), time_))}});
    const RunConfig config = RunConfig().tags({"nightly", "eu"}).metadata("who", "ada").metadata("n", 3);
    events_ = time_.run(all_of(both.astream_events({{"question", "why?"}}, config)));
    for (const RunEvent& event : events_)
      if (event.kind() == RunEventKind::started) starts_.emplace(event.run_id().value, event);
  }
  /// The only tag that is not from the configuration: the place of the run's step.
  static std::string place_of(const RunEvent& event) {
    return event.tags().size() == 3 ? event.tags()[2] : std::string();
  }
  const RunEvent& parent_of(const RunEvent& event) const {
    return starts_.at(event.parent_ids().back().value);
  }

  VirtualTime time_;
  std::vector<RunEvent> events_;
  std::map<std::uint64_t, RunEvent> starts_;
};

TEST_F(EventsOfAParallel, have_tags_and_metadata_of_the_configuration) {
  std::multiset<std::string> places;
  for (const RunEvent& event : events_) {
    ASSERT_GE(event.tags().size(), 2u) << event.event();
    EXPECT_EQ(event.tags()[0], "nightly") << event.event();
    EXPECT_EQ(event.tags()[1], "eu") << event.event();
    EXPECT_EQ(event.metadata().to_text(), R"({"n": 3, "who": "ada"})") << event.event();
    EXPECT_LE(event.tags().size(), 3u) << event.event();
    if (event.kind() == RunEventKind::started) places.insert(place_of(event));
  }
  const std::multiset<std::string> expected{"",           "map:key:joke", "map:key:poem",
                                            "seq:step:1", "seq:step:2",   "seq:step:3",
                                            "seq:step:1", "seq:step:2",   "seq:step:3"};
  EXPECT_EQ(places, expected);
}

TEST_F(EventsOfAParallel, begin_and_end_each_run_once) {
  std::set<std::uint64_t> begun;
  std::set<std::uint64_t> ended;
  for (const RunEvent& event : events_) {
    const std::uint64_t id = event.run_id().value;
    EXPECT_NE(id, 0u);
    EXPECT_EQ(ended.count(id), 0u) << "an event after the end: " << event.event();
    switch (event.kind()) {
      case RunEventKind::started: EXPECT_TRUE(begun.insert(id).second); break;
      case RunEventKind::ended:
        EXPECT_EQ(begun.count(id), 1u);
        ended.insert(id);
        break;
      case RunEventKind::chunk: EXPECT_EQ(begun.count(id), 1u); break;
      default: ADD_FAILURE() << event.event();
    }
    // All events of a run have the same name, type and place.
    const RunEvent& start = starts_.at(id);
    EXPECT_EQ(event.name(), start.name());
    EXPECT_EQ(event.type(), start.type());
    EXPECT_EQ(event.tags(), start.tags());
    EXPECT_EQ(event.parent_ids(), start.parent_ids());
    EXPECT_EQ(event.error(), nullptr);
  }
  EXPECT_EQ(begun.size(), 9u);  // the parallel, two sequences, three steps of each
  EXPECT_EQ(ended, begun);
}

TEST_F(EventsOfAParallel, have_the_runs_around_them_as_parents) {
  const RunEvent& outermost = events_.front();
  EXPECT_EQ(outermost.name(), "RunnableParallel");
  std::map<std::string, int> depths;
  for (const RunEvent& event : events_) {
    const auto parents = event.parent_ids();
    if (event.kind() == RunEventKind::started) ++depths[event.name() + " " + std::to_string(parents.size())];
    if (event.run_id() == outermost.run_id()) continue;
    ASSERT_FALSE(parents.empty()) << event.event();
    EXPECT_EQ(parents.front(), outermost.run_id()) << event.event();
    if (parents.size() < 2) continue;
    EXPECT_EQ(parent_of(event).name(), "RunnableSequence");
    EXPECT_EQ(parent_of(event).parent_ids(), std::vector<RunId>{outermost.run_id()});
    // The events are not those of the other branch.
    if (event.type() == RunType::chat_model && event.kind() == RunEventKind::ended) {
      const std::string text = event.data().get<AIMessage>().content;
      EXPECT_EQ(place_of(parent_of(event)), text == "a joke" ? "map:key:joke" : "map:key:poem");
    }
  }
  const std::map<std::string, int> expected{{"RunnableParallel 0", 1},
                                            {"RunnableSequence 1", 2},
                                            {"ChatPromptTemplate 2", 2},
                                            {"FakeChatModel 2", 2},
                                            {"StrOutputParser 2", 2}};
  EXPECT_EQ(depths, expected);
}

TEST_F(EventsOfAParallel, hold_inputs_and_outputs) {
  std::multiset<std::string> outputs;
  std::map<std::string, std::string> chunks;
  for (const RunEvent& event : events_) {
    const bool outermost = event.parent_ids().empty();
    const bool whole_input = event.type() == RunType::chain || event.type() == RunType::prompt;
    if (event.kind() == RunEventKind::started && whole_input) {
      EXPECT_EQ(event.data().get<Dict>().get<std::string>("question"), "why?") << event.event();
    } else if (event.kind() == RunEventKind::chunk && outermost) {
      const DictChunk chunk = event.data().get<DictChunk>();
      chunks[chunk.key()] += chunk.value().get<std::string>();
    } else if (event.kind() == RunEventKind::ended) {
      if (outermost) {
        const Dict answer = event.data().get<Dict>();
        EXPECT_EQ(answer.to_text(), R"({"joke": "a joke", "poem": "a poem"})");
      } else if (event.type() == RunType::prompt) {
        const Messages asked = event.data().get<Messages>();
        ASSERT_EQ(asked.size(), 1u);
        outputs.insert("prompt: " + asked[0].content());
      } else if (event.type() == RunType::chat_model) {
        outputs.insert("model: " + event.data().get<AIMessage>().content);
      } else {
        outputs.insert(std::string(to_string(event.type())) + ": " + event.data().get<std::string>());
      }
    }
  }
  const std::multiset<std::string> expected{"prompt: why?",  "prompt: why?",   "model: a joke",
                                            "model: a poem", "parser: a joke", "parser: a poem",
                                            "chain: a joke", "chain: a poem"};
  EXPECT_EQ(outputs, expected);
  const std::map<std::string, std::string> both{{"joke", "a joke"}, {"poem", "a poem"}};
  EXPECT_EQ(chunks, both);
  EXPECT_EQ(events_.back().event(), "on_chain_end");
  EXPECT_TRUE(events_.back().parent_ids().empty());
}

// ---- effects on the call

/// Lets all ready handlers run.
awaitable<void> settle() {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  for (int i = 0; i < 50; ++i) co_await asio::post(here, asio::use_awaitable);
}

TEST(AstreamEventsLeft, destroyed_between_two_events_stop_the_call) {
  VirtualTime time;
  const FakeChatModel model(FakeReply("late").after(1h), time);
  const auto leave = [](VirtualTime clock, FakeChatModel asked, Chain chain) -> awaitable<void> {
    {
      auto events = chain.astream_events("q");
      while (asked.in_flight() == 0) {
        const auto event = co_await events.next();
        EXPECT_TRUE(event.has_value());
      }
    }
    co_await clock.sleep(1ms);
    EXPECT_EQ(asked.in_flight(), 0u);
    EXPECT_EQ(clock.now(), 1ms);
  };
  time.run(leave(time, model, chain_of(model)));
  EXPECT_EQ(model.calls(), 1u);
}

awaitable<void> read_until_cancelled(std::unique_ptr<Stream<RunEvent>>& events, int& ends) {
  std::size_t read = 0;
  try {
    while (auto event = co_await events->next()) ++read;
  } catch (const CancelledError&) {
    ++ends;
  }
  EXPECT_GT(read, 0u);
}

awaitable<void> destroy(std::unique_ptr<Stream<RunEvent>>& events, VirtualTime clock, FakeChatModel asked) {
  // The reader waits for the model's answer then.
  co_await clock.sleep(1s);
  EXPECT_EQ(asked.in_flight(), 1u);
  events = nullptr;
  co_await clock.sleep(1ms);
  EXPECT_EQ(asked.in_flight(), 0u);
}

TEST(AstreamEventsLeft, destroyed_during_a_next_stop_call_and_wait) {
  VirtualTime time;
  const FakeChatModel model(FakeReply("late").after(1h), time);
  auto events = std::make_unique<Stream<RunEvent>>(chain_of(model).astream_events("q"));
  int ends = 0;
  time.run(gather(read_until_cancelled(events, ends), destroy(events, time, model)));
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(time.now(), 1s + 1ms);
}

TEST(AstreamEventsLeft, destroyed_leave_nothing_on_the_users_loop) {
  const FakeChatModel model(FakeReply("late").after(1h));
  asio::io_context loop;
  std::size_t in_flight = 0;
  const auto leave = [](FakeChatModel asked, Chain chain, std::size_t& seen) -> awaitable<void> {
    auto events = chain.astream_events("q");
    while (asked.in_flight() == 0) {
      const auto event = co_await events.next();
      EXPECT_TRUE(event.has_value());
    }
    seen = asked.in_flight();
  };
  asio::co_spawn(loop, leave(model, chain_of(model), in_flight), asio::detached);
  // Returns when the loop has no more work.
  loop.run_for(30s);
  EXPECT_TRUE(loop.stopped());
  EXPECT_EQ(in_flight, 1u);
  EXPECT_EQ(model.in_flight(), 0u);
}

// ---- running ahead of the reader

/// Makes chunks without end, and counts them.
RunnableGenerator<Dict, AIMessage> endless(int& made) {
  return RunnableGenerator<Dict, AIMessage>([&made](Dict, Yield<AIMessageChunk> yield) -> awaitable<void> {
    for (;;) {
      ++made;
      AIMessageChunk word("word ");
      co_await yield(std::move(word));
    }
  });
}

TEST(AstreamEventsAhead, run_at_most_one_chunk_ahead_of_the_reader) {
  int made = 0;
  const Chain chain = endless(made) | StrOutputParser();
  const auto read = [](Chain streamed, int& count) -> awaitable<void> {
    auto events = streamed.astream_events(Dict());
    co_await settle();
    EXPECT_EQ(count, 0) << "nothing is made before the first event is asked for";
    int taken = 0;
    while (taken < 10) {
      const auto event = co_await events.next();
      EXPECT_TRUE(event.has_value());
      if (!event) break;
      if (event->kind() == RunEventKind::chunk && event->parent_ids().empty()) ++taken;
      co_await settle();
      EXPECT_LE(count, taken + 1);
    }
    co_await events.close();
    EXPECT_LE(count, 11);
  };
  run(read(chain, made));
  EXPECT_GE(made, 10);
}

TEST(AstreamEventsAhead, run_at_most_one_chunk_of_each_branch_ahead) {
  int made[] = {0, 0};
  const RunnableParallel both({{"a", endless(made[0])}, {"b", endless(made[1]) | StrOutputParser()}});
  const auto read = [](Runnable<Dict, Dict> streamed, const int* counts) -> awaitable<void> {
    auto events = streamed.astream_events(Dict());
    int taken[] = {0, 0};
    while (taken[0] + taken[1] < 20) {
      const auto event = co_await events.next();
      EXPECT_TRUE(event.has_value());
      if (!event) break;
      if (event->kind() == RunEventKind::chunk && event->parent_ids().empty())
        ++taken[event->data().get<DictChunk>().key() == "a" ? 0 : 1];
      co_await settle();
      for (int i = 0; i < 2; ++i) EXPECT_LE(counts[i], taken[i] + 1);
    }
    EXPECT_GT(taken[0], 5);
    EXPECT_GT(taken[1], 5);
  };
  run(read(both, made));
}

}  // namespace
}  // namespace corochain::event_promises_test
