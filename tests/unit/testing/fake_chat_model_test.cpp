// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/testing/fake_chat_model.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <stdexcept>
#include <thread>

#include "corochain/concurrency/gather.hpp"
#include "corochain/core/error.hpp"

namespace corochain::testing::fake_chat_model_test {
namespace {

using namespace std::chrono_literals;

static_assert(std::derived_from<FakeChatModel, Runnable<Messages, AIMessage>>);

TEST(fake_chat_model, gives_its_replies_in_turn_and_begins_anew) {
  const FakeChatModel model({"first", "second"});
  EXPECT_EQ(model.invoke("q").content, "first");
  EXPECT_EQ(model.invoke("q").content, "second");
  EXPECT_EQ(model.invoke("q").content, "first");
  EXPECT_EQ(model.calls(), 3u);
}

TEST(fake_chat_model, needs_at_least_one_reply) {
  const std::vector<FakeReply> none;
  EXPECT_THROW(FakeChatModel{none}, std::invalid_argument);
}

TEST(fake_chat_model, answers_with_whole_messages) {
  AIMessage message("text");
  message.model = "gpt-4o-mini";
  message.usage.emplace().total_tokens = 9;
  const FakeChatModel model({FakeReply(message), FakeReply()});
  const AIMessage answer = model.invoke("q");
  EXPECT_EQ(answer.content, "text");
  EXPECT_EQ(answer.model, "gpt-4o-mini");
  ASSERT_TRUE(answer.usage);
  EXPECT_EQ(answer.usage->total_tokens, 9);
  EXPECT_FALSE(model.invoke("q").content.empty());
}

// The error is made by hand, and retryable by its kind.
TEST(fake_chat_model, rate_limit_in_its_script_is_retried) {
  const FakeChatModel model({FakeReply::failure(RateLimitError("slow down")), FakeReply("answer")});
  const auto patient = model.with_retry({.initial = 0ms, .jitter = 0ms});
  EXPECT_EQ(patient.invoke("q").content, "answer");
  EXPECT_EQ(model.calls(), 2u);
  const FakeChatModel empty({FakeReply::failure(QuotaExceededError("used up")), FakeReply("answer")});
  const auto hasty = empty.with_retry({.initial = 0ms, .jitter = 0ms});
  EXPECT_THROW(hasty.invoke("q"), QuotaExceededError);
}

TEST(fake_chat_model, asks_its_script_for_each_reply) {
  const FakeChatModel model([](const Messages& messages) {
    return FakeReply(std::to_string(messages.size()) + messages[0].content());
  });
  EXPECT_EQ(model.invoke("q").content, "1q");
  EXPECT_EQ(model.invoke({{"system", "s"}, {"human", "q"}}).content, "2s");
}

TEST(fake_chat_model, remembers_what_it_was_given) {
  const FakeChatModel model("a");
  model.invoke("first");
  model.invoke({{"system", "s"}, {"human", "second"}});
  const std::vector<Messages> received = model.received();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0], Messages("first"));
  EXPECT_EQ(received[1], Messages({{"system", "s"}, {"human", "second"}}));
}

TEST(fake_chat_model, throws_what_a_failure_holds) {
  ErrorDetails details;
  details.http_status = 503;
  const FakeChatModel model({FakeReply::failure(ServerError("down", details)), "up",
                             FakeReply::failure(std::make_exception_ptr(std::out_of_range("x")))});
  try {
    model.invoke("q");
    ADD_FAILURE();
  } catch (const ServerError& error) {
    EXPECT_EQ(error.http_status(), 503);
  }
  EXPECT_EQ(model.invoke("q").content, "up");
  EXPECT_THROW(model.invoke("q"), std::out_of_range);
  EXPECT_EQ(model.calls(), 3u);
  EXPECT_EQ(model.in_flight(), 0u);
}

TEST(fake_chat_model, throws_what_its_script_throws) {
  const FakeChatModel model([](const Messages&) -> FakeReply { throw std::out_of_range("no reply"); });
  EXPECT_THROW(model.invoke("q"), std::out_of_range);
  EXPECT_THROW(model.invoke("q"), std::out_of_range);
  EXPECT_EQ(model.calls(), 2u);
  EXPECT_EQ(model.in_flight(), 0u);
  EXPECT_EQ(model.max_in_flight(), 1u);
}

TEST(fake_chat_model, copies_share_script_and_counts) {
  const FakeChatModel model({"first", "second"});
  const FakeChatModel copy = model;
  EXPECT_EQ(model.invoke("q").content, "first");
  EXPECT_EQ(copy.invoke("q").content, "second");
  EXPECT_EQ(model.calls(), 2u);
  EXPECT_EQ(copy.calls(), 2u);
}

TEST(fake_chat_model, waits_in_virtual_time) {
  const VirtualTime time;
  const FakeChatModel model({FakeReply("slow").after(2h), FakeReply("fast").after(1s)}, time);
  EXPECT_EQ(time.run(model.ainvoke("q")).content, "slow");
  EXPECT_EQ(time.now(), 2h);
  EXPECT_EQ(time.run(model.ainvoke("q")).content, "fast");
  EXPECT_EQ(time.now(), 2h + 1s);
}

TEST(fake_chat_model, waits_by_the_wall_clock_without_virtual_time) {
  const FakeChatModel model(FakeReply("late").after(5ms));
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(model.invoke("q").content, "late");
  EXPECT_GE(std::chrono::steady_clock::now() - before, 5ms);
}

TEST(fake_chat_model, waits_before_it_fails) {
  const VirtualTime time;
  const FakeChatModel model({FakeReply::failure(TimeoutError("late")).after(30s)}, time);
  EXPECT_THROW(time.run(model.ainvoke("q")), TimeoutError);
  EXPECT_EQ(time.now(), 30s);
}

TEST(fake_chat_model, counts_what_is_in_flight) {
  const VirtualTime time;
  const FakeChatModel model({FakeReply("a").after(1h), FakeReply("b").after(2h), FakeReply("c").after(3h)},
                            time);
  const auto watch = [](VirtualTime clock, FakeChatModel watched) -> awaitable<AIMessage> {
    co_await clock.sleep(30min);
    EXPECT_EQ(watched.in_flight(), 3u);
    co_await clock.sleep(1h);
    EXPECT_EQ(watched.in_flight(), 2u);
    co_await clock.sleep(1h);
    EXPECT_EQ(watched.in_flight(), 1u);
    EXPECT_EQ(watched.calls(), 3u);
    co_return AIMessage();
  };
  std::vector<awaitable<AIMessage>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(model.ainvoke("q"));
  calls.push_back(watch(time, model));
  const std::vector<AIMessage> answers = time.run(gather(std::move(calls)));
  EXPECT_EQ(answers[0].content + answers[1].content + answers[2].content, "abc");
  EXPECT_EQ(model.in_flight(), 0u);
  EXPECT_EQ(model.max_in_flight(), 3u);
  EXPECT_EQ(time.now(), 3h);
}

TEST(fake_chat_model, is_held_to_the_limit_of_a_batch) {
  const VirtualTime time;
  const FakeChatModel model({FakeReply("a").after(1h)}, time);
  const std::vector<AIMessage> answers = time.run(model.abatch({"1", "2", "3", "4"}, {.max_concurrency = 2}));
  EXPECT_EQ(answers.size(), 4u);
  EXPECT_EQ(model.max_in_flight(), 2u);
  EXPECT_EQ(time.now(), 2h);
}

TEST(fake_chat_model, leaves_at_once_when_it_is_cancelled) {
  const VirtualTime time;
  const FakeChatModel model(
      {FakeReply("never").after(10h), FakeReply::failure(ServerError("down")).after(1s)}, time);
  std::vector<awaitable<AIMessage>> calls;
  calls.push_back(model.ainvoke("q"));
  calls.push_back(model.ainvoke("q"));
  EXPECT_THROW(time.run(gather(std::move(calls))), ServerError);
  EXPECT_EQ(time.now(), 1s);
  EXPECT_EQ(model.in_flight(), 0u);
}

TEST(fake_chat_model, begins_when_it_is_awaited) {
  const FakeChatModel model("a");
  {
    const auto never_awaited = model.ainvoke("q");
    EXPECT_EQ(model.calls(), 0u);
  }
  EXPECT_EQ(model.calls(), 0u);
  EXPECT_EQ(model.in_flight(), 0u);
}

TEST(fake_chat_model, serves_several_threads_at_once) {
  const FakeChatModel model([](const Messages& messages) { return FakeReply(messages[0].content()); });
  {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&model] {
        for (int i = 0; i < 25; ++i) {
          EXPECT_EQ(model.invoke(std::to_string(i)).content, std::to_string(i));
          EXPECT_GE(model.calls(), 1u);
        }
      });
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(model.calls(), 100u);
  EXPECT_EQ(model.in_flight(), 0u);
  EXPECT_LE(model.max_in_flight(), 4u);
}

TEST(fake_chat_model, shows_the_options_that_are_bound_to_it) {
  const FakeChatModel model({"first", "second"});
  ChatCallOptions options;
  options.temperature = 0.5;
  EXPECT_EQ(model.bind(options).with_retry().bind(options).invoke("q").content, "first");
  EXPECT_EQ(model.invoke("q").content, "second");
  const auto received = model.received_options();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].temperature, 0.5);
  EXPECT_FALSE(received[1].temperature);
  EXPECT_EQ(model.calls(), 2u);
}

TEST(fake_chat_model, is_what_can_be_bound_and_a_chain_is_not) {
  const FakeChatModel model("yes");
  const ChatModel chain = model | [](AIMessage answer) { return answer; };
  try {
    (void)chain.bind(ChatCallOptions());
    ADD_FAILURE() << "a chain was bound";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("RunnableSequence"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace corochain::testing::fake_chat_model_test
