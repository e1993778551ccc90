// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include <gtest/gtest.h>

#include <corochain/corochain.hpp>
#include <corochain/testing/fake_chat_model.hpp>
#include <memory>
#include <stdexcept>

#include "support/event_recorder.hpp"

namespace corochain::fallbacks_test {
namespace {
using testing::FakeChatModel;
using testing::FakeReply;
using namespace std::chrono_literals;

FakeChatModel failing(std::string message) { return FakeChatModel(FakeReply::failure(ServerError(message))); }

auto chain_of(const FakeChatModel& model) {
  return ChatPromptTemplate::from_template("{q}") | model | StrOutputParser();
}

TEST(Fallbacks, are_tried_in_their_order) {
  const auto first = failing("first"), second = failing("second");
  const FakeChatModel third("third"), fourth("fourth");
  const auto safe = chain_of(first).with_fallbacks({chain_of(second), chain_of(third), chain_of(fourth)});
  const Dict input{{"q", "why?"}};
  EXPECT_EQ(safe.invoke(input), "third");
  EXPECT_EQ(first.received().at(0)[0].content(), "why?");
  EXPECT_EQ(second.received().at(0)[0].content(), "why?");
  EXPECT_EQ(third.received().at(0)[0].content(), "why?");
  EXPECT_EQ(fourth.calls(), 0u);
  EXPECT_EQ(input.get<std::string>("q"), "why?");
}

TEST(Fallbacks, are_left_alone_where_the_first_does) {
  const FakeChatModel first("first"), second("second");
  EXPECT_EQ(first.with_fallbacks({second}).invoke("q").content, "first");
  EXPECT_EQ(second.calls(), 0u);
}

TEST(Fallbacks, end_with_the_last_failure_and_all_others_attached) {
  const auto safe = failing("first").with_fallbacks(
      {failing("second"), FakeChatModel(FakeReply::failure(BadRequestError("third")))});
  try {
    (void)safe.invoke("q");
    FAIL() << "no failure";
  } catch (const BadRequestError& error) {
    EXPECT_STREQ(error.what(), "third");
    ASSERT_EQ(error.earlier().size(), 2u);
    EXPECT_EQ(Failure(error.earlier()[0]).message(), "first");
    EXPECT_EQ(Failure(error.earlier()[1]).message(), "second");
  }
}

TEST(Fallbacks, can_be_none) {
  const auto alone = failing("alone").with_fallbacks({});
  EXPECT_THROW((void)alone.invoke("q"), ServerError);
  const FakeChatModel model("fine");
  EXPECT_EQ(model.with_fallbacks({}).invoke("q").content, "fine");
}

TEST(Fallbacks, may_be_functions_and_convert) {
  const auto safe = chain_of(failing("first")).with_fallbacks({[](const Dict& input) {
    return "no answer to " + input.get<std::string>("q");
  }});
  EXPECT_EQ(safe.invoke({{"q", "why?"}}), "no answer to why?");
}

TEST(Fallbacks, are_for_the_failures_that_are_chosen) {
  const FakeChatModel backup("backup");
  const auto safe = failing("first").with_fallbacks(
      {backup}, {.handle = [](const Failure& failure) { return failure.kind() == ErrorKind::rate_limit; }});
  EXPECT_THROW((void)safe.invoke("q"), ServerError);
  EXPECT_EQ(backup.calls(), 0u);
}

TEST(Fallbacks, are_for_what_a_rule_with_captures_says) {
  const FakeChatModel limited(FakeReply::failure(RateLimitError("slow down")));
  const FakeChatModel backup("backup");
  std::size_t asked = 0;
  const auto once = [&asked, most = std::make_shared<std::size_t>(1)](const Failure&) {
    return ++asked <= *most;
  };
  const ChatModel listed = limited.with_fallbacks({backup}, once);
  EXPECT_EQ(listed.invoke("q").content, "backup");
  EXPECT_THROW((void)listed.invoke("q"), RateLimitError);
  const ChatModel alone = limited.with_fallbacks(backup, once);
  EXPECT_THROW((void)alone.invoke("q"), RateLimitError);
  EXPECT_EQ(asked, 3u);
}

TEST(Fallbacks, are_not_for_a_cancel) {
  const FakeChatModel backup("backup");
  const FakeChatModel cancelled(FakeReply::failure(CancelledError("stopped")));
  EXPECT_THROW((void)cancelled.with_fallbacks({backup}).invoke("q"), CancelledError);
  EXPECT_EQ(backup.calls(), 0u);
}

TEST(Fallbacks, are_not_tried_after_the_deadline) {
  const FakeChatModel backup("backup");
  const FakeChatModel slow(FakeReply("slow").after(std::chrono::hours(1)));
  EXPECT_THROW((void)slow.with_fallbacks({backup}).invoke("q", RunConfig().timeout(20ms)), TimeoutError);
  EXPECT_EQ(backup.calls(), 0u);
  // The time limit of one alternative does not apply to the run.
  const auto limited = slow.with_config(RunConfig().timeout(20ms)).with_fallbacks({backup});
  EXPECT_EQ(limited.invoke("q").content, "backup");
}

TEST(Fallbacks, follow_retries) {
  const FakeChatModel flaky(FakeReply::failure(OutputParserError("no JSON")));
  const FakeChatModel backup("backup");
  const auto safe =
      flaky.with_retry({.stop_after_attempt = 2, .initial = 0s, .jitter = 0s}).with_fallbacks({backup});
  EXPECT_EQ(safe.invoke("q").content, "backup");
  EXPECT_EQ(flaky.calls(), 2u);
}

TEST(Fallbacks, stream_until_the_first_chunk_is_there) {
  const auto safe = chain_of(failing("first")).with_fallbacks({chain_of(FakeChatModel("second"))});
  std::string given;
  for (const std::string& chunk : safe.stream({{"q", "why?"}})) given += chunk + '|';
  EXPECT_EQ(given, "second|");
  EXPECT_EQ(safe.batch({{{"q", "a"}}, {{"q", "b"}}}), (std::vector<std::string>{"second", "second"}));
}

TEST(Fallbacks, are_runs_of_their_own) {
  const auto safe = failing("first").with_fallbacks({FakeChatModel("second")});
  const auto recorder = std::make_shared<test::EventRecorder>();
  EXPECT_EQ(safe.invoke("q", RunConfig().callback(recorder)).content, "second");
  EXPECT_EQ(
      recorder->lines(),
      (std::vector<std::string>{"on_chain_start RunnableWithFallbacks", "on_chat_model_start FakeChatModel",
                                "on_chat_model_error FakeChatModel", "on_chat_model_start FakeChatModel",
                                "on_chat_model_end FakeChatModel", "on_chain_end RunnableWithFallbacks"}));
}

}  // namespace
}  // namespace corochain::fallbacks_test
