// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/prompts/messages_placeholder.hpp"

#include <gtest/gtest.h>

#include "corochain/core/error.hpp"
#include "corochain/prompts/chat_prompt_template.hpp"

namespace corochain::messages_placeholder_test {
namespace {

const Messages past = {
    {"human", "What is {x}?"}, {"ai", "A letter."}, {"human", "And y?"}, {"ai", "Another."}};

ChatPromptTemplate prompt_with(MessagesPlaceholder place) {
  return ChatPromptTemplate::from_messages(
      {{"system", "Be terse."}, std::move(place), {"human", "{question}"}});
}

TEST(messages_placeholder, takes_messages_as_they_are) {
  const auto prompt = prompt_with(MessagesPlaceholder("history"));
  EXPECT_EQ(prompt.input_variables(), (std::vector<std::string>{"history", "question"}));
  const Messages expected = {{"system", "Be terse."}, past[0], past[1], past[2], past[3], {"human", "Why?"}};
  EXPECT_EQ(prompt.invoke({{"history", past}, {"question", "Why?"}}), expected);
  const Messages without = {{"system", "Be terse."}, {"human", "Why?"}};
  EXPECT_EQ(prompt.invoke({{"history", Messages()}, {"question", "Why?"}}), without);
}

TEST(messages_placeholder, keeps_the_last_so_many) {
  const Messages two = {{"system", "Be terse."}, past[2], past[3], {"human", "Why?"}};
  EXPECT_EQ(
      prompt_with(MessagesPlaceholder("history", false, 2)).invoke({{"history", past}, {"question", "Why?"}}),
      two);
  EXPECT_EQ(prompt_with(MessagesPlaceholder("history", false, 9))
                .invoke({{"history", past}, {"question", "Why?"}})
                .size(),
            6u);
  EXPECT_EQ(prompt_with(MessagesPlaceholder("history", false, 0))
                .invoke({{"history", past}, {"question", "Why?"}})
                .size(),
            2u);
}

TEST(messages_placeholder, is_missed_unless_it_is_optional) {
  try {
    (void)prompt_with(MessagesPlaceholder("history")).invoke({{"question", "Why?"}});
    FAIL() << "no PromptError";
  } catch (const PromptError& error) {
    EXPECT_EQ(error.expected(), (std::vector<std::string>{"history", "question"}));
    EXPECT_EQ(error.received(), std::vector<std::string>{"question"});
  }
  const Messages without = {{"system", "Be terse."}, {"human", "Why?"}};
  const auto prompt = prompt_with(MessagesPlaceholder("history", true));
  EXPECT_EQ(prompt.input_variables(), std::vector<std::string>{"question"});
  EXPECT_EQ(prompt.invoke({{"question", "Why?"}}), without);
  EXPECT_EQ(prompt.invoke("Why?"), without);
}

TEST(messages_placeholder, has_a_short_form) {
  const auto prompt =
      ChatPromptTemplate::from_messages({{"placeholder", "{history}"}, {"human", "{question}"}});
  EXPECT_EQ(prompt.invoke({{"question", "Why?"}}).size(), 1u);
  EXPECT_EQ(prompt.invoke({{"question", "Why?"}, {"history", past}}).size(), 5u);
  EXPECT_THROW((void)ChatPromptTemplate::from_messages({{"placeholder", "history"}, {"human", "q"}}),
               PromptError);
}

TEST(messages_placeholder, refuses_what_are_no_messages) {
  const auto prompt = prompt_with(MessagesPlaceholder("history"));
  try {
    (void)prompt.invoke({{"history", "a text"}, {"question", "Why?"}});
    FAIL() << "no PromptError";
  } catch (const PromptError& error) {
    EXPECT_NE(std::string(error.what()).find("'history' takes Messages, but was given text"),
              std::string::npos)
        << error.what();
    EXPECT_EQ(error.message_index(), 1u);
  }
  const auto alone = ChatPromptTemplate::from_messages({MessagesPlaceholder("history")});
  EXPECT_THROW((void)alone.invoke("a text"), PromptError);
  EXPECT_EQ(alone.invoke({{"history", past}}), past);
}

TEST(messages_placeholder, needs_a_name) {
  for (const char* name : {"", "a b", "1st", "{history}", "a}{b"})
    EXPECT_THROW((void)MessagesPlaceholder(name), PromptError) << name;
}

}  // namespace
}  // namespace corochain::messages_placeholder_test
