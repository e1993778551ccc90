// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/message.hpp"
#include "corochain/core/ai_message_chunk.hpp"

#include <gtest/gtest.h>

#include <concepts>

#include "corochain/concurrency/run.hpp"
#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"

namespace corochain::message_test {
namespace {

std::vector<std::string> contents(const Messages& messages) {
  std::vector<std::string> all;
  for (const Message& message : messages) all.push_back(message.content());
  return all;
}

TEST(role, has_the_names_of_langchain_and_of_the_wire) {
  EXPECT_EQ(role_from("system"), Role::system);
  EXPECT_EQ(role_from("human"), Role::human);
  EXPECT_EQ(role_from("user"), Role::human);
  EXPECT_EQ(role_from("ai"), Role::ai);
  EXPECT_EQ(role_from("assistant"), Role::ai);
  EXPECT_EQ(role_from("tool"), Role::tool);
  for (const Role role : {Role::system, Role::human, Role::ai, Role::tool})
    EXPECT_EQ(role_from(to_string(role)), role);
}

TEST(role, an_unknown_name_is_a_prompt_error_with_all_names) {
  for (const std::string_view name : {"", "Human", "developer", "human ", "placeholder"}) {
    try {
      role_from(name);
      ADD_FAILURE() << "accepted " << name;
    } catch (const PromptError& error) {
      const std::string text = error.what();
      for (const char* known : {"'system'", "'human'", "'user'", "'ai'", "'assistant'", "'tool'"})
        EXPECT_NE(text.find(known), std::string::npos) << known;
    }
  }
}

TEST(message, is_made_from_a_role_or_its_name) {
  const std::string role = "assistant";
  EXPECT_EQ(Message("system", "s").role(), Role::system);
  EXPECT_EQ(Message(role, "a").role(), Role::ai);
  EXPECT_EQ(Message(std::string_view("user"), "h").role(), Role::human);
  EXPECT_EQ(Message(Role::human, "text").content(), "text");
  EXPECT_THROW(Message("narrator", "text"), PromptError);
}

TEST(message, has_a_maker_for_each_role) {
  EXPECT_EQ(Message::system("x"), Message(Role::system, "x"));
  EXPECT_EQ(Message::human("x"), Message(Role::human, "x"));
  EXPECT_EQ(Message::ai("x"), Message(Role::ai, "x"));
  const Message answer = Message::tool("call_1", "42");
  EXPECT_EQ(answer.role(), Role::tool);
  EXPECT_EQ(answer.tool_call_id(), "call_1");
  EXPECT_EQ(answer.content(), "42");
  EXPECT_TRUE(Message::human("x").tool_call_id().empty());
}

TEST(message, equals_by_role_content_and_tool_call) {
  EXPECT_NE(Message::human("x"), Message::ai("x"));
  EXPECT_NE(Message::human("x"), Message::human("y"));
  EXPECT_NE(Message::tool("1", "x"), Message::tool("2", "x"));
}

TEST(messages, from_text_are_one_human_message) {
  const std::string text = "variable";
  for (const Messages& made : {Messages("variable"), Messages(text), Messages(std::string_view(text))}) {
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made[0], Message::human("variable"));
  }
  static_assert(std::convertible_to<std::string, Messages> && std::convertible_to<const char*, Messages>);
}

TEST(messages, are_made_from_one_to_eight_in_braces) {
  const std::string q = "question";
  const Messages one = {{"human", q}};
  EXPECT_EQ(one, Messages("question"));
  EXPECT_EQ(contents({{"system", "a"}, {"human", q}}), (std::vector<std::string>{"a", q}));
  EXPECT_EQ(contents({{"ai", "a"}, {"ai", "b"}, {"ai", "c"}}).size(), 3u);
  EXPECT_EQ(contents({{"ai", "a"}, {"ai", "b"}, {"ai", "c"}, {"ai", "d"}}).size(), 4u);
  EXPECT_EQ(contents({{"ai", "a"}, {"ai", "b"}, {"ai", "c"}, {"ai", "d"}, {"ai", "e"}}).size(), 5u);
  EXPECT_EQ(contents({{"ai", "a"}, {"ai", "b"}, {"ai", "c"}, {"ai", "d"}, {"ai", "e"}, {"ai", "f"}}).size(),
            6u);
  const Messages seven = {{"ai", "a"}, {"ai", "b"}, {"ai", "c"}, {"ai", "d"},
                          {"ai", "e"}, {"ai", "f"}, {"ai", "g"}};
  EXPECT_EQ(contents(seven), (std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g"}));
  const Messages eight = {{"ai", "a"}, {"ai", "b"}, {"ai", "c"}, {"ai", "d"},
                          {"ai", "e"}, {"ai", "f"}, {"ai", "g"}, Message::human("h")};
  EXPECT_EQ(contents(eight), (std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h"}));
}

TEST(messages, take_over_a_vector) {
  std::vector<Message> many(20, Message::human("x"));
  const Messages made = std::move(many);
  EXPECT_EQ(made.size(), 20u);
  EXPECT_TRUE(Messages(std::vector<Message>()).empty());
  EXPECT_TRUE(Messages().empty());
}

TEST(messages, can_be_added_to) {
  Messages history = "first";
  history.add(Message::ai("second")).add({"human", "third"});
  EXPECT_EQ(contents(history), (std::vector<std::string>{"first", "second", "third"}));
  const Messages copy = history;
  history.add(Message::ai("fourth"));
  EXPECT_EQ(copy.size(), 3u);
  EXPECT_NE(copy, history);
}

TEST(messages, as_text_are_lines_with_speakers) {
  EXPECT_EQ(Messages().to_text(), "");
  EXPECT_EQ(Messages("hi").to_text(), "Human: hi");
  const Messages all = {{"system", "s"}, {"human", "h"}, {"ai", "a"}, Message::tool("call_1", "t")};
  EXPECT_EQ(all.to_text(), "System: s\nHuman: h\nAI: a\nTool: t");
}

TEST(ai_message, is_empty_or_made_from_text) {
  const AIMessage none;
  EXPECT_TRUE(none.content.empty());
  EXPECT_FALSE(none.usage.has_value());
  const AIMessage answer("text");
  EXPECT_EQ(answer.content, "text");
  EXPECT_EQ(answer.to_message(), Message::ai("text"));
  static_assert(!std::convertible_to<std::string, AIMessage>);
}

awaitable<std::string> text_of(Messages messages) { co_return messages.to_text(); }

TEST(messages, can_be_braced_inside_a_co_await_expression) {
  run([]() -> awaitable<void> {
    const std::string q(100, 'q');
    const std::string from_literal =
        co_await text_of("a literal that is too long for the small buffer of a string");
    EXPECT_EQ(from_literal, "Human: a literal that is too long for the small buffer of a string");
    const std::string from_variable = co_await text_of(q);
    EXPECT_EQ(from_variable, "Human: " + q);
    const std::string one = co_await text_of({{"human", q}});
    EXPECT_EQ(one, "Human: " + q);
    const std::string two =
        co_await text_of({{"system", "You are a helpful assistant who answers briefly."}, {"human", q}});
    EXPECT_EQ(two, "System: You are a helpful assistant who answers briefly.\nHuman: " + q);
    const std::string made = co_await text_of({Message::system(q), Message::human(q), Message::ai(q)});
    EXPECT_EQ(made, "System: " + q + "\nHuman: " + q + "\nAI: " + q);
    const std::string eight = co_await text_of({{"ai", q},
                                                {"ai", "b"},
                                                {"ai", "c"},
                                                {"ai", "d"},
                                                {"ai", "e"},
                                                {"ai", "f"},
                                                {"ai", "g"},
                                                {"human", q}});
    EXPECT_EQ(eight, "AI: " + q + "\nAI: b\nAI: c\nAI: d\nAI: e\nAI: f\nAI: g\nHuman: " + q);
  }());
}

template <class A, class B>
concept comparable = requires(const A& a, const B& b) { a == b; };
static_assert(comparable<AIMessage, AIMessage> && comparable<AIMessageChunk, AIMessageChunk>);
static_assert(!comparable<AIMessage, AIMessageChunk> && !comparable<AIMessageChunk, AIMessage>);
static_assert(!comparable<Choice, ChoiceChunk> && !comparable<ChoiceChunk, Choice>);

TEST(ai_message, is_equal_if_all_of_it_is) {
  EXPECT_EQ(AIMessage("yes"), AIMessage("yes"));
  EXPECT_NE(AIMessage("yes"), AIMessage("no"));
  AIMessage answer("yes");
  answer.id = "1";
  EXPECT_NE(answer, AIMessage("yes"));
}

}  // namespace
}  // namespace corochain::message_test
