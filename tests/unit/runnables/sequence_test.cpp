// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/sequence.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "corochain/concurrency/gather.hpp"
#include "corochain/core/error.hpp"
#include "corochain/parsers/str_output_parser.hpp"
#include "corochain/prompts/chat_prompt_template.hpp"
#include "corochain/testing/fake_chat_model.hpp"

namespace corochain::sequence_test {
namespace {

using testing::FakeChatModel;
using testing::FakeReply;

/// Answers with the last message.
FakeChatModel echo() {
  return FakeChatModel(
      [](const Messages& messages) { return FakeReply("echo: " + messages[messages.size() - 1].content()); });
}

Runnable<Dict, std::string> question_chain() {
  return ChatPromptTemplate::from_template("{question}") | echo() | StrOutputParser();
}

std::string shout(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

TEST(sequence, prompt_model_and_parser_map_a_dict_to_text) {
  auto chain = ChatPromptTemplate::from_template("{question}") | echo() | StrOutputParser();
  static_assert(std::same_as<decltype(chain), Runnable<Dict, std::string>>);
  EXPECT_EQ(chain.invoke({{"question", "Why?"}}), "echo: Why?");
  EXPECT_EQ(chain.invoke("Why not?"), "echo: Why not?");
}

TEST(sequence, can_be_awaited_with_values_in_braces) {
  run([](Runnable<Dict, std::string> chain) -> awaitable<void> {
    const std::string q(100, 'q');
    const std::string literal = co_await chain.ainvoke({{"question", "Why?"}});
    EXPECT_EQ(literal, "echo: Why?");
    const std::string variable = co_await chain.ainvoke({{"question", q}});
    EXPECT_EQ(variable, "echo: " + q);
    const std::string two = co_await chain.ainvoke({{"question", q}, {"extra", 1}});
    EXPECT_EQ(two, "echo: " + q);
  }(question_chain()));
}

TEST(sequence, is_associative) {
  const auto prompt = ChatPromptTemplate::from_template("{question}");
  const FakeChatModel model = echo();
  const auto left_first = (prompt | model) | StrOutputParser();
  const auto right_first = prompt | (model | StrOutputParser());
  static_assert(std::same_as<decltype(left_first), decltype(right_first)>);
  EXPECT_EQ(left_first.invoke("x"), "echo: x");
  EXPECT_EQ(right_first.invoke("x"), "echo: x");
}

TEST(sequence, takes_functions_of_every_kind_on_the_right) {
  struct functor {
    std::string mark;
    std::string operator()(const std::string& text) const { return text + mark; }
  };
  const std::function<std::string(std::string)> wrapped = shout;
  EXPECT_EQ((question_chain() | shout).invoke("x"), "ECHO: X");
  EXPECT_EQ((question_chain() | &shout).invoke("x"), "ECHO: X");
  EXPECT_EQ((question_chain() | wrapped).invoke("x"), "ECHO: X");
  EXPECT_EQ((question_chain() | functor{"!"}).invoke("x"), "echo: x!");
  EXPECT_EQ((question_chain() | [](const auto& text) { return text + "?"; }).invoke("x"), "echo: x?");
  EXPECT_EQ((question_chain() | [](std::string_view text) noexcept { return text.size(); }).invoke("x"), 7u);
  auto sizes = question_chain() | [](const std::string& text) { return text.size(); };
  static_assert(std::same_as<decltype(sizes), Runnable<Dict, std::size_t>>);
}

TEST(sequence, steps_that_return_references_give_copies) {
  static const std::string fixed = "fixed";
  auto chain = question_chain() | [](const std::string&) -> const std::string& { return fixed; };
  static_assert(std::same_as<decltype(chain), Runnable<Dict, std::string>>);
  EXPECT_EQ(chain.invoke("x"), "fixed");
}

TEST(sequence, takes_coroutines_that_own_what_they_capture) {
  const auto store =
      std::make_shared<std::string>("a text that is too long for the small buffer of a string");
  std::string mark(100, '!');
  auto chain = question_chain() | [store, mark](std::string text) -> awaitable<std::string> {
    const auto here = co_await boost::asio::this_coro::executor;
    (void)here;
    co_return text + *store + mark;
  };
  static_assert(std::same_as<decltype(chain), Runnable<Dict, std::string>>);
  EXPECT_EQ(chain.invoke("x"), "echo: x" + *store + mark);
  EXPECT_EQ(chain.invoke("y"), "echo: y" + *store + mark);
}

TEST(sequence, takes_coroutines_with_reference_parameters) {
  auto chain = question_chain() | [](const std::string& text) -> awaitable<std::size_t> {
    const auto here = co_await boost::asio::this_coro::executor;
    (void)here;
    co_return text.size();
  };
  EXPECT_EQ(chain.invoke("x"), 7u);
}

TEST(sequence, calls_runnables_from_coroutine_steps) {
  const auto first = question_chain();
  const auto second = question_chain();
  auto chain = first | [second](std::string text) -> awaitable<std::string> {
    std::vector<awaitable<std::string>> calls;
    calls.push_back(second.ainvoke(text));
    calls.push_back(second.ainvoke({{"question", text}}));
    const std::vector<std::string> both = co_await gather(std::move(calls));
    co_return both[0] + '|' + both[1];
  };
  EXPECT_EQ(chain.invoke("x"), "echo: echo: x|echo: echo: x");
}

TEST(sequence, takes_functions_and_coroutines_on_the_left) {
  auto plain = [](const std::string& topic) { return Dict({{"question", "What is " + topic + '?'}}); } |
               question_chain();
  static_assert(std::same_as<decltype(plain), Runnable<std::string, std::string>>);
  EXPECT_EQ(plain.invoke("a strand"), "echo: What is a strand?");
  const auto suffix = std::make_shared<std::string>(" at all");
  auto coroutine = [suffix](int number) -> awaitable<std::string> {
    co_return std::to_string(number) + *suffix;
  } | question_chain();
  static_assert(std::same_as<decltype(coroutine), Runnable<int, std::string>>);
  EXPECT_EQ(coroutine.invoke(7), "echo: 7 at all");
  auto never_throws = [](std::string text) noexcept { return text; } | echo();
  EXPECT_EQ(never_throws.invoke("x").content, "echo: x");
}

TEST(sequence, converts_between_steps) {
  auto text_to_messages = question_chain() | echo() | StrOutputParser();
  EXPECT_EQ(text_to_messages.invoke("x"), "echo: echo: x");
  auto literal_to_messages = question_chain() | [](const std::string&) { return "literal"; } | echo();
  EXPECT_EQ(literal_to_messages.invoke("x").content, "echo: literal");
  auto text_to_dict = question_chain() | ChatPromptTemplate::from_template("{text}!");
  EXPECT_EQ(text_to_dict.invoke("x"), Messages("echo: x!"));
  auto message_to_messages = [](std::string text) { return Message::human(std::move(text)); } | echo();
  EXPECT_EQ(message_to_messages.invoke("x").content, "echo: x");
  auto value_to_optional = question_chain() | [](std::string text) { return text.size(); } |
                           [](std::optional<std::size_t> size) { return size.value(); };
  EXPECT_EQ(value_to_optional.invoke("x"), 7u);
}

TEST(sequence, outlives_the_parts_it_was_made_of) {
  auto prompt = std::make_unique<ChatPromptTemplate>(ChatPromptTemplate::from_template("{question}"));
  auto model = std::make_unique<FakeChatModel>(echo());
  auto front = std::make_unique<Runnable<Dict, AIMessage>>(*prompt | *model);
  const auto chain = *front | StrOutputParser();
  prompt.reset();
  model.reset();
  front.reset();
  EXPECT_EQ(chain.invoke("x"), "echo: x");
}

TEST(sequence, awaitables_outlive_the_chain) {
  const auto store = std::make_shared<std::string>(100, 's');
  std::vector<awaitable<std::string>> calls;
  for (int i = 0; i < 3; ++i) {
    auto chain =
        question_chain() | [store](std::string text) -> awaitable<std::string> { co_return text + *store; };
    calls.push_back(chain.ainvoke({{"question", std::to_string(i)}}));
  }
  calls.push_back(question_chain().ainvoke("temporary"));
  const std::vector<std::string> answers = run(gather(std::move(calls)));
  ASSERT_EQ(answers.size(), 4u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answers[i], "echo: " + std::to_string(i) + *store);
  EXPECT_EQ(answers[3], "echo: temporary");
}

TEST(sequence, releases_its_steps_after_chain_and_awaitables) {
  const auto store = std::make_shared<int>(0);
  {
    auto chain = question_chain() | [store](std::string) { return *store; };
    EXPECT_EQ(chain.invoke("x"), 0);
    const auto never_awaited = chain.ainvoke("x");
    EXPECT_GT(store.use_count(), 1);
  }
  EXPECT_EQ(store.use_count(), 1);
}

struct my_exception {
  int number;
};

TEST(sequence, passes_exceptions_through_unchanged) {
  auto plain = question_chain() | [](std::string) -> std::string { throw my_exception{7}; } | shout;
  try {
    plain.invoke("x");
    ADD_FAILURE();
  } catch (const my_exception& error) {
    EXPECT_EQ(error.number, 7);
  }
  auto coroutine = question_chain() | [](std::string text) -> awaitable<std::string> {
    if (!text.empty()) throw std::out_of_range("in a coroutine");
    co_return text;
  };
  EXPECT_THROW(coroutine.invoke("x"), std::out_of_range);
  ErrorDetails details;
  details.http_status = 429;
  const FakeChatModel failing(FakeReply::failure(RateLimitError("slow down", details)));
  try {
    (ChatPromptTemplate::from_template("{q}") | failing | StrOutputParser()).invoke("x");
    ADD_FAILURE();
  } catch (const RateLimitError& error) {
    EXPECT_STREQ(error.what(), "slow down");
    EXPECT_EQ(error.http_status(), 429);
  }
}

TEST(sequence, does_not_go_on_after_a_step_that_failed) {
  const FakeChatModel model = echo();
  const auto chain = ChatPromptTemplate::from_template("{q}") | model | StrOutputParser();
  EXPECT_THROW(chain.invoke({{"other", 1}}), PromptError);
  EXPECT_EQ(model.calls(), 0u);
}

TEST(sequence, serves_several_threads_at_once) {
  const FakeChatModel model = echo();
  const auto chain = ChatPromptTemplate::from_template("{question}") | model | StrOutputParser() | shout;
  std::atomic<int> right = 0;
  {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&chain, &right, thread] {
        for (int i = 0; i < 25; ++i) {
          const std::string question = std::to_string(thread) + '/' + std::to_string(i);
          if (chain.invoke({{"question", question}}) == "ECHO: " + question) ++right;
        }
      });
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(right, 100);
  EXPECT_EQ(model.calls(), 100u);
}

}  // namespace
}  // namespace corochain::sequence_test
