// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/prompts/chat_prompt_template.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "corochain/concurrency/run.hpp"
#include "corochain/core/error.hpp"

namespace corochain::chat_prompt_template_test {
namespace {

using names = std::vector<std::string>;

/// The text of a human message of this template.
std::string filled(std::string text, Dict values) {
  const Messages messages =
      ChatPromptTemplate::from_template(std::move(text)).format_messages(std::move(values));
  EXPECT_EQ(messages.size(), 1u);
  return messages[0].content();
}

/// The PromptError that `call` throws.
template <class F>
PromptError error_of(F call) {
  try {
    call();
  } catch (const PromptError& error) {
    return error;
  }
  ADD_FAILURE() << "no PromptError";
  return PromptError("");
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(chat_prompt_template, makes_a_conversation_from_values) {
  const auto prompt = ChatPromptTemplate::from_messages(
      {{"system", "You translate to {language}."}, {"human", "{text}"}, {"ai", "In {language}:"}});
  const Messages expected = {{"system", "You translate to French."}, {"human", "Hi"}, {"ai", "In French:"}};
  EXPECT_EQ(prompt.format_messages({{"language", "French"}, {"text", "Hi"}}), expected);
  EXPECT_EQ(prompt.invoke({{"language", "French"}, {"text", "Hi"}}), expected);
}

TEST(chat_prompt_template, can_be_awaited_with_values_in_braces) {
  run([]() -> awaitable<void> {
    const std::string q(100, 'q');
    const auto prompt =
        ChatPromptTemplate::from_messages({{"system", "Answer in {n} words."}, {"human", "{question}"}});
    const auto one = ChatPromptTemplate::from_template("{question}");
    const Messages two_values = co_await prompt.ainvoke({{"question", q}, {"n", 5}});
    EXPECT_EQ(two_values.to_text(), "System: Answer in 5 words.\nHuman: " + q);
    const Messages variable = co_await one.ainvoke({{"question", q}});
    EXPECT_EQ(variable, Messages(q));
    const Messages literal = co_await one.ainvoke({{"question", "What is a strand?"}});
    EXPECT_EQ(literal, Messages("What is a strand?"));
    const Messages bare = co_await one.ainvoke(q);
    EXPECT_EQ(bare, Messages(q));
  }());
}

TEST(chat_prompt_template, reads_doubled_braces_as_text) {
  EXPECT_EQ(filled("{{{{ }}", {}), "{{ }");
  EXPECT_EQ(filled("{{x}} is {x}, {{{x}}}", {{"x", "1"}}), "{x} is 1, {1}");
  EXPECT_EQ(filled(R"({{"a": {x}}})", {{"x", 1}}), R"({"a": 1})");
}

TEST(chat_prompt_template, never_scans_inserted_values_again) {
  EXPECT_EQ(filled("{a}{b}", {{"a", "{b}"}, {"b", "{{"}}), "{b}{{");
  EXPECT_EQ(filled("{a}", {{"a", "{x} }} { } {a}"}}), "{x} }} { } {a}");
  EXPECT_EQ(filled("{a}", "{a} {{a}}"), "{a} {{a}}");
}

TEST(chat_prompt_template, fills_a_variable_as_often_as_it_occurs) {
  EXPECT_EQ(filled("{x}, {x} and {y}{x}", {{"x", "a"}, {"y", "b"}}), "a, a and ba");
  EXPECT_EQ(filled("{x}{x}", "bare"), "barebare");
}

TEST(chat_prompt_template, ignores_values_without_a_variable) {
  EXPECT_EQ(filled("Hello {name}", {{"name", "Ada"}, {"other", 1}}), "Hello Ada");
  EXPECT_EQ(filled("Hello", {{"other", 1}}), "Hello");
  EXPECT_EQ(filled("Hello", {}), "Hello");
}

TEST(chat_prompt_template, puts_values_of_every_kind_into_text) {
  EXPECT_EQ(filled("{x}", {{"x", 7}}), "7");
  EXPECT_EQ(filled("{x}", {{"x", 0.1}}), "0.1");
  EXPECT_EQ(filled("{x}", {{"x", true}}), "true");
  EXPECT_EQ(filled("{x}", {{"x", nullptr}}), "null");
  EXPECT_EQ(filled("{x}", {{"x", std::vector<std::string>{"a", "b\""}}}), R"(["a", "b\""])");
  EXPECT_EQ(filled("{x}", {{"x", {{"a", 1}}}}), R"({"a": 1})");
  EXPECT_EQ(filled("{x}", {{"x", nlohmann::json{{"a", 1}}}}), R"({"a":1})");
  EXPECT_EQ(filled("{x}", {{"x", Messages({{"human", "hi"}, {"ai", "hello"}})}}), "Human: hi\nAI: hello");
  EXPECT_EQ(filled("{x}", {{"x", AIMessage("answer")}}), "answer");
  struct opaque {};
  EXPECT_THROW(filled("{x}", {{"x", opaque()}}), PromptError);
  EXPECT_EQ(filled("no variable", {{"x", opaque()}}), "no variable");
}

TEST(chat_prompt_template, takes_whole_messages_verbatim) {
  const auto prompt = ChatPromptTemplate::from_messages(
      {Message::system("JSON: {\"a\": {x}} }}"), {"human", "{x}"}, Message::tool("call_1", "{")});
  const Messages messages = prompt.format_messages({{"x", "1"}});
  EXPECT_EQ(messages, Messages(Message::system("JSON: {\"a\": {x}} }}"), Message::human("1"),
                               Message::tool("call_1", "{")));
  EXPECT_EQ(prompt.input_variables(), names{"x"});
}

TEST(chat_prompt_template, names_each_variable_once_in_order_of_occurrence) {
  const auto prompt =
      ChatPromptTemplate::from_messages({{"system", "{z} {a} {z}"}, {"human", "{m}{a}{B}{_0}"}});
  EXPECT_EQ(prompt.input_variables(), (names{"z", "a", "m", "B", "_0"}));
  EXPECT_EQ(ChatPromptTemplate::from_template("{{x}}").input_variables(), names());
}

TEST(chat_prompt_template, from_template_is_one_human_message) {
  const auto prompt = ChatPromptTemplate::from_template("Tell me about {topic}.");
  EXPECT_EQ(prompt.format_messages({{"topic", "strands"}}),
            Messages(Message::human("Tell me about strands.")));
  EXPECT_EQ(ChatPromptTemplate::from_template("").format_messages({}), Messages(""));
}

TEST(chat_prompt_template, keeps_utf8_as_it_is) {
  EXPECT_EQ(filled("Grüße an {name} 日本 🙂", {{"name", "Zoë"}}), "Grüße an Zoë 日本 🙂");
  const PromptError error = error_of([] { ChatPromptTemplate::from_template("größe {größe}"); });
  EXPECT_EQ(error.column(), 9u);  // bytes
}

TEST(chat_prompt_template, says_where_a_template_is_wrong_and_what_to_do) {
  struct example {
    const char* text;
    std::size_t column;
    const char* advice;
  };
  for (const auto& [text, column, advice] :
       {example{"{name", 1, "{{"}, example{"a name}", 7, "}}"}, example{"{}", 1, "{name}"},
        example{"ab{x.y}", 3, "'.'"}, example{"{x[0]}", 1, "'['"}, example{"{x:.2f}", 1, "format"},
        example{"{x!r}", 1, "conversion"}, example{"{0}", 1, "name"}, example{"{ x }", 1, "name"},
        example{"As JSON: {\"a\": 1}", 10, "JSON"}}) {
    const PromptError error =
        error_of([&] { ChatPromptTemplate::from_messages({{"system", "fine {x}"}, {"human", text}}); });
    EXPECT_EQ(error.message_index(), 1u) << text;
    EXPECT_EQ(error.column(), column) << text;
    const std::string what = error.what();
    EXPECT_TRUE(holds(what, "message 1") && holds(what, "column " + std::to_string(column))) << what;
    EXPECT_TRUE(holds(what, advice)) << what;
  }
  EXPECT_EQ(error_of([] { ChatPromptTemplate::from_template("{"); }).message_index(), 0u);
}

TEST(chat_prompt_template, counts_verbatim_messages_too) {
  const PromptError error = error_of(
      [] { ChatPromptTemplate::from_messages({Message::system("{"), Message::ai("}"), {"human", "{"}}); });
  EXPECT_EQ(error.message_index(), 2u);
}

TEST(chat_prompt_template, never_quotes_the_template_in_an_error) {
  const PromptError error = error_of([] { ChatPromptTemplate::from_template("confidential {text: 1}"); });
  EXPECT_FALSE(holds(error.what(), "confidential")) << error.what();
}

TEST(chat_prompt_template, names_what_is_missing_expected_and_received) {
  const auto prompt = ChatPromptTemplate::from_messages({{"system", "{name}"}, {"human", "{q} {tone}"}});
  const PromptError error = error_of([&] { prompt.format_messages({{"q", "my question"}, {"extra", 1}}); });
  const std::string text = error.what();
  EXPECT_TRUE(holds(text, "missing variables 'name', 'tone'")) << text;
  EXPECT_TRUE(holds(text, "expected 'name', 'q', 'tone'")) << text;
  EXPECT_TRUE(holds(text, "received 'extra', 'q'")) << text;
  EXPECT_TRUE(holds(text, "{{name}}")) << text;  // how to escape it, should it be text
  EXPECT_FALSE(holds(text, "my question")) << text;
  EXPECT_EQ(error.expected(), (names{"name", "q", "tone"}));
  EXPECT_EQ(error.received(), (names{"extra", "q"}));
  EXPECT_TRUE(holds(error_of([&] { prompt.invoke({}); }).what(), "received none"));
}

TEST(chat_prompt_template, is_filled_by_bare_text_if_it_has_one_variable) {
  const auto one = ChatPromptTemplate::from_messages({{"system", "Be brief."}, {"human", "{question}"}});
  EXPECT_EQ(one.invoke("Why?").to_text(), "System: Be brief.\nHuman: Why?");
  EXPECT_EQ(one.format_messages(""), Messages({{"system", "Be brief."}, {"human", ""}}));
}

TEST(chat_prompt_template, refuses_bare_text_unless_it_has_one_variable) {
  const auto none = ChatPromptTemplate::from_template("Hello");
  EXPECT_TRUE(holds(error_of([&] { none.invoke("text"); }).what(), "none"));
  const auto two = ChatPromptTemplate::from_template("{a} {b}");
  const PromptError error = error_of([&] { two.invoke("my text"); });
  EXPECT_TRUE(holds(error.what(), "'a', 'b'")) << error.what();
  EXPECT_FALSE(holds(error.what(), "my text")) << error.what();
  EXPECT_EQ(error.expected(), (names{"a", "b"}));
}

TEST(chat_prompt_template, needs_a_message_and_known_roles) {
  EXPECT_THROW(ChatPromptTemplate::from_messages({}), PromptError);
  EXPECT_TRUE(
      holds(error_of([] { ChatPromptTemplate::from_messages({{"narrator", "x"}}); }).what(), "'human'"));
  const auto roles =
      ChatPromptTemplate::from_messages({{"user", "u"}, {"assistant", "a"}, {Role::system, "s"}});
  EXPECT_EQ(roles.format_messages({}).to_text(), "Human: u\nAI: a\nSystem: s");
}

TEST(chat_prompt_template, takes_any_number_of_messages_from_a_vector) {
  const std::vector<MessageTemplate> many(30, MessageTemplate("human", "{x}"));
  EXPECT_EQ(ChatPromptTemplate::from_messages(many).format_messages("y").size(), 30u);
}

TEST(chat_prompt_template, serves_several_threads_at_once) {
  const auto prompt = ChatPromptTemplate::from_messages({{"system", "{a}"}, {"human", "{b}"}});
  std::atomic<int> right = 0;
  {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&prompt, &right, thread] {
        for (int i = 0; i < 50; ++i) {
          const Messages expected = {{"system", std::to_string(thread)}, {"human", std::to_string(i)}};
          const Dict values = {{"a", thread}, {"b", i}};
          if (prompt.format_messages(values) == expected && prompt.invoke(values) == expected &&
              prompt.input_variables().size() == 2)
            ++right;
        }
      });
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(right, 200);
}

}  // namespace
}  // namespace corochain::chat_prompt_template_test
