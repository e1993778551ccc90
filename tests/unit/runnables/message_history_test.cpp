// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <memory>
#include <thread>

#include "support/function_runnable.hpp"
#include "support/virtual_work.hpp"

namespace corochain::message_history_test {
namespace {
using testing::FakeChatModel;
using testing::FakeReply;
using testing::VirtualTime;
using namespace std::chrono_literals;

using store_pointer = std::shared_ptr<InMemoryChatMessageHistory>;

store_pointer new_store() { return std::make_shared<InMemoryChatMessageHistory>(); }
RunConfig in_session(std::string id) { return RunConfig().configurable("session_id", std::move(id)); }

Runnable<Dict, AIMessage> chat_with(const FakeChatModel& model) {
  return ChatPromptTemplate::from_messages({MessagesPlaceholder("past"), {"human", "{question}"}}) | model;
}
auto remembering(const FakeChatModel& model, const store_pointer& store) {
  return RunnableWithMessageHistory(chat_with(model) | StrOutputParser(), store, {"question", "", "past"});
}
/// Answers "re: <question>" after a while.
FakeChatModel replying(VirtualTime time, std::chrono::milliseconds after = 10ms) {
  return FakeChatModel(
      [after](const Messages& asked) {
        return FakeReply("re: " + asked[asked.size() - 1].content()).after(after);
      },
      time);
}

TEST(MessageHistory, gives_the_chain_what_was_said) {
  const auto store = new_store();
  const FakeChatModel model({"one", "two"});
  const auto chat = remembering(model, store);
  EXPECT_EQ(chat.invoke({{"question", "first"}}, in_session("abc")), "one");
  EXPECT_EQ(chat.invoke("second", in_session("abc")), "two");
  const Messages expected = {{"human", "first"}, {"ai", "one"}, {"human", "second"}};
  EXPECT_EQ(model.received()[1], expected);
  EXPECT_EQ(store->messages("abc").to_text(), "Human: first\nAI: one\nHuman: second\nAI: two");
  store->clear("abc");
  EXPECT_TRUE(store->messages("abc").empty());
}

TEST(MessageHistory, keeps_sessions_apart) {
  const auto store = new_store();
  const FakeChatModel model("yes");
  const auto chat = remembering(model, store);
  (void)chat.invoke("of a", in_session("a"));
  (void)chat.invoke("of b", in_session("b"));
  EXPECT_EQ(model.received()[1].size(), 1u);
  EXPECT_EQ(store->messages("a").to_text(), "Human: of a\nAI: yes");
}

TEST(MessageHistory, needs_a_session) {
  const auto chat = remembering(FakeChatModel("yes"), new_store());
  EXPECT_THROW((void)chat.invoke("q"), ConfigError);
  EXPECT_THROW((void)chat.invoke("q", RunConfig().configurable("session_id", 7)), ConfigError);
  EXPECT_THROW((void)chat.invoke({{"other", "q"}}, in_session("a")), PromptError);
  EXPECT_THROW(RunnableWithMessageHistory(chat_with(FakeChatModel("yes")), nullptr), ConfigError);
}

TEST(MessageHistory, takes_models_answers_and_dicts) {
  const auto store = new_store();
  const RunnableWithMessageHistory whole(chat_with(FakeChatModel("a message")), store,
                                         {"question", "", "past"});
  EXPECT_EQ(whole.invoke("q", in_session("a")).content, "a message");
  EXPECT_EQ(store->messages("a").to_text(), "Human: q\nAI: a message");
  const auto to_dict = [](AIMessage answer) { return Dict(Var("answer", answer), Var("more", 1)); };
  const RunnableWithMessageHistory parts(chat_with(FakeChatModel("in a dict")) | to_dict, store,
                                         {"question", "answer", "past"});
  EXPECT_EQ(parts.invoke("q", in_session("b")).get<std::int64_t>("more"), 1);
  EXPECT_EQ(store->messages("b").to_text(), "Human: q\nAI: in a dict");
}

TEST(MessageHistory, appends_nothing_of_a_failed_run) {
  const auto store = new_store();
  const FakeChatModel model({FakeReply::failure(ServerError("down")), "yes"});
  const auto chat = remembering(model, store);
  EXPECT_THROW((void)chat.invoke("first", in_session("a")), ServerError);
  EXPECT_TRUE(store->messages("a").empty());
  EXPECT_EQ(chat.invoke("second", in_session("a")), "yes");
  EXPECT_EQ(store->messages("a").to_text(), "Human: second\nAI: yes");
}

TEST(MessageHistory, runs_of_one_session_go_one_after_the_other) {
  VirtualTime time;
  const auto store = new_store();
  const auto model = replying(time);
  const auto chat = remembering(model, store);
  std::vector<awaitable<std::string>> calls;
  for (const char* session : {"a", "b", "a", "a", "b"})
    calls.push_back(chat.ainvoke({{"question", std::to_string(calls.size())}}, in_session(session)));
  (void)time.run(gather(std::move(calls)));
  EXPECT_EQ(store->messages("a").to_text(), "Human: 0\nAI: re: 0\nHuman: 2\nAI: re: 2\nHuman: 3\nAI: re: 3");
  EXPECT_EQ(store->messages("b").to_text(), "Human: 1\nAI: re: 1\nHuman: 4\nAI: re: 4");
  EXPECT_EQ(time.now(), 30ms);  // a's three in turn, b's beside them
  EXPECT_EQ(model.max_in_flight(), 2u);
}

/// A chain that fans out below: its parent lends its permit and needs it back.
Runnable<Dict, std::string> fanning_out(test::virtual_work& work) {
  const auto answer = [&work](Dict input) -> awaitable<std::string> {
    for (int round = 0; round < 3; ++round) {
      std::vector<awaitable<int>> parts;
      for (int i = 0; i < 3; ++i) parts.push_back(work.give(i, 1ms));
      (void)co_await gather(std::move(parts));
    }
    co_return "done with " + input.get<std::string>("input");
  };
  return test::runnable_of<Dict, std::string>(answer);
}

TEST(MessageHistory, who_waits_holds_no_place_of_a_budget) {
  for (const std::size_t most : {1u, 2u, 3u}) {
    VirtualTime time;
    test::virtual_work work(time);
    const auto store = new_store();
    const RunnableWithMessageHistory chat(fanning_out(work), store);
    const Runnable<Dict, std::string> of_a = chat.with_config(in_session("a"));
    const std::vector<std::string> inputs{"0", "1", "2", "3", "4", "5"};
    const auto answers = time.run(of_a.abatch(inputs, {.max_concurrency = most}));
    ASSERT_EQ(answers.size(), 6u);
    EXPECT_EQ(answers[5], "done with 5");
    EXPECT_EQ(store->messages("a").size(), 12u);
    EXPECT_EQ(work.alive().peak, static_cast<int>(most)) << "places stood empty";
  }
}

TEST(MessageHistory, other_sessions_use_the_place_of_who_waits) {
  VirtualTime time;
  const auto store = new_store();
  const auto model = replying(time);
  const auto chat = remembering(model, store);
  std::vector<awaitable<std::string>> calls;
  for (const char* session : {"a", "a", "b"}) calls.push_back(chat.ainvoke("q", in_session(session)));
  (void)time.run(gather(std::move(calls), {.max_concurrency = 2}));
  EXPECT_EQ(model.max_in_flight(), 2u);
  EXPECT_EQ(time.now(), 20ms);
}

/// Counts the items that are drawn from it.
class CountedQuestions {
 public:
  CountedQuestions(int count, std::shared_ptr<int> drawn) : count_(count), drawn_(std::move(drawn)) {}
  awaitable<std::optional<std::string>> next() { return next_of(this); }

 private:
  static awaitable<std::optional<std::string>> next_of(CountedQuestions* self) {
    std::optional<std::string> question;
    if (*self->drawn_ < self->count_) question = std::to_string((*self->drawn_)++);
    co_return question;
  }
  int count_;
  std::shared_ptr<int> drawn_;
};

TEST(MessageHistory, a_batch_of_one_session_draws_what_it_can_hold) {
  for (const std::size_t most : {1u, 4u, 32u}) {
    VirtualTime time;
    const auto chat = remembering(replying(time), new_store()).with_config(in_session("a"));
    const auto drawn = std::make_shared<int>(0);
    const auto read = [](Completions<std::string> done, std::shared_ptr<int> seen,
                         int held) -> awaitable<void> {
      int count = 0;
      while (auto item = co_await done.next()) {
        EXPECT_EQ(item->result.value(), "re: " + std::to_string(item->index));
        EXPECT_LE(*seen - ++count, held);
      }
      EXPECT_EQ(count, 300);
    };
    const int held = static_cast<int>(most) + std::max(static_cast<int>(most), 16);
    auto done = chat.abatch_as_completed(CountedQuestions(300, drawn), {.max_concurrency = most});
    time.run(read(std::move(done), drawn, held));
  }
}

TEST(MessageHistory, a_waiter_holds_no_permit_of_its_own_limit) {
  for (const std::size_t most : {1u, 2u, 3u, 8u}) {
    VirtualTime time;
    const auto model = replying(time);
    const auto chat = remembering(model, new_store()).with_config(in_session("a"));
    const auto limited = chat.with_config(RunConfig().max_concurrency(1).timeout(30s));
    const auto twice =
        RunnableParallel({{"x", chat}, {"y", limited}}).with_config(RunConfig().max_concurrency(1));
    const auto few =
        RunnableParallel({{"x", chat}, {"y", twice}}).with_config(RunConfig().max_concurrency(2));
    const auto ask = [](Runnable<Dict, std::string> one, Runnable<Dict, Dict> two,
                        Runnable<Dict, Dict> three) -> awaitable<void> {
      (void)co_await one.ainvoke({{"question", "a"}});
      (void)co_await two.ainvoke({{"question", "b"}});
      (void)co_await three.ainvoke({{"question", "c"}});
    };
    std::vector<awaitable<void>> calls;
    for (int i = 0; i < 4; ++i) calls.push_back(ask(limited, twice, few));
    time.run(gather(std::move(calls), {.max_concurrency = most}));
    EXPECT_EQ(model.calls(), 24u);
    EXPECT_EQ(time.now(), 240ms) << "the session stood idle";
  }
}

TEST(MessageHistory, a_wait_has_the_deadline_and_passes_the_turn_on) {
  const auto store = new_store();
  const FakeChatModel model([](const Messages& asked) {
    return FakeReply("yes").after(asked[asked.size() - 1].content() == "slow" ? 300ms : 0ms);
  });
  const auto chat = remembering(model, store);
  std::vector<awaitable<std::string>> calls;
  calls.push_back(chat.ainvoke("slow", in_session("a")));
  calls.push_back(chat.ainvoke("late", in_session("a").timeout(20ms)));
  calls.push_back(chat.ainvoke("quick", in_session("a")));
  const auto results = run(gather_results(std::move(calls)));
  EXPECT_TRUE(results[0].has_value());
  ASSERT_FALSE(results[1].has_value());
  EXPECT_EQ(results[1].error().kind(), ErrorKind::timeout);
  EXPECT_TRUE(results[2].has_value());
  EXPECT_EQ(store->messages("a").to_text(), "Human: slow\nAI: yes\nHuman: quick\nAI: yes");
  EXPECT_EQ(model.calls(), 2u);
}

TEST(MessageHistory, holds_across_threads) {
  const auto store = new_store();
  const FakeChatModel model([](const Messages&) { return FakeReply("yes").after(1ms); });
  const auto chat = remembering(model, store);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&chat, i] {
      for (int round = 0; round < 10; ++round)
        EXPECT_EQ(chat.invoke(std::to_string(i), in_session("shared")), "yes");
    });
  for (auto& each : threads) each.join();
  EXPECT_EQ(model.max_in_flight(), 1u);
  const Messages all = store->messages("shared");
  ASSERT_EQ(all.size(), 80u);
  for (std::size_t i = 0; i < 80; ++i) EXPECT_EQ(all[i].role(), i % 2 == 0 ? Role::human : Role::ai);
  // Each run saw the messages of all runs before it.
  std::size_t before = 0;
  for (const Messages& each : model.received()) {
    EXPECT_EQ(each.size(), before + 1);
    before += 2;
  }
}

TEST(MessageHistory, appends_when_a_stream_has_ended) {
  const auto store = new_store();
  const auto chat = remembering(FakeChatModel("yes"), store).with_config(in_session("a"));
  run([](Runnable<Dict, std::string> of_a, store_pointer kept) -> awaitable<void> {
    {
      auto left = of_a.astream("left");
      const auto chunk = co_await left.next();
      EXPECT_EQ(chunk, "yes");
      EXPECT_TRUE(kept->messages("a").empty());
    }
    auto read = of_a.astream("read");
    const std::string all = co_await read.collect();
    EXPECT_EQ(all, "yes");
    EXPECT_EQ(kept->messages("a").to_text(), "Human: read\nAI: yes");
  }(chat, store));
}

TEST(MessageHistory, a_stream_that_is_over_frees_its_session) {
  const auto store = new_store();
  const FakeChatModel model({FakeReply("left"), FakeReply::failure(ServerError("down")), FakeReply("yes")});
  const auto chat = remembering(model, store).with_config(in_session("a"));
  run([](Runnable<Dict, std::string> of_a) -> awaitable<void> {
    auto left = of_a.astream("left");
    const auto chunk = co_await left.next();
    EXPECT_EQ(chunk, "left");
    co_await left.close();
    auto failing = of_a.astream("failing");
    try {
      (void)co_await failing.next();
      ADD_FAILURE() << "no failure";
    } catch (const ServerError&) {
    }
    const std::string answer = co_await of_a.ainvoke("whole");
    EXPECT_EQ(answer, "yes");
  }(chat));
  EXPECT_EQ(store->messages("a").to_text(), "Human: whole\nAI: yes");
}

/// A store that fails.
class awkward_store final : public ChatMessageHistoryStore {
 public:
  awaitable<Messages> load(std::string) override {
    ++loads;
    if (fail_load) throw std::runtime_error("cannot load");
    co_return Messages();
  }
  awaitable<void> append(std::string, Messages) override {
    ++appends;
    throw std::runtime_error("cannot append");
    co_return;
  }
  int loads = 0, appends = 0;
  bool fail_load = false;
};

TEST(MessageHistory, a_failing_store_fails_the_run) {
  const auto store = std::make_shared<awkward_store>();
  const FakeChatModel model("yes");
  const RunnableWithMessageHistory chat(chat_with(model) | StrOutputParser(), store,
                                        {"question", "", "past"});
  EXPECT_THROW((void)chat.invoke("q", in_session("a")), std::runtime_error);
  EXPECT_EQ(store->appends, 1);
  store->fail_load = true;
  EXPECT_THROW((void)chat.invoke("q", in_session("a")), std::runtime_error);
  EXPECT_EQ(model.calls(), 1u);
  EXPECT_EQ(store->loads, 2);
}

}  // namespace
}  // namespace corochain::message_history_test
