// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/parsers/str_output_parser.hpp"

#include <gtest/gtest.h>

#include <concepts>

#include "corochain/concurrency/run.hpp"

namespace corochain::str_output_parser_test {
namespace {

using namespace std::string_literals;

static_assert(std::derived_from<StrOutputParser, Runnable<AIMessage, std::string>>);

TEST(str_output_parser, gives_the_text_of_an_answer) {
  EXPECT_EQ(StrOutputParser().invoke(AIMessage("answer")), "answer");
  const std::string odd = "nul \0 quote \" Zürich 日本\n"s;
  EXPECT_EQ(StrOutputParser().invoke(AIMessage(odd)), odd);
}

TEST(str_output_parser, gives_empty_text_for_an_answer_without_text) {
  EXPECT_EQ(StrOutputParser().invoke(AIMessage()), "");
  AIMessage refused;
  refused.refusal = "I cannot help with that";
  refused.finish_reason = "stop";
  EXPECT_EQ(StrOutputParser().invoke(refused), "");
}

TEST(str_output_parser, leaves_the_message_that_it_was_given_as_it_was) {
  const AIMessage message("a text that is too long for the small buffer of a string");
  EXPECT_EQ(StrOutputParser().invoke(message), message.content);
  EXPECT_FALSE(message.content.empty());
}

TEST(str_output_parser, can_be_awaited_as_a_temporary) {
  run([]() -> awaitable<void> {
    const std::string text = co_await StrOutputParser().ainvoke(AIMessage("answer"));
    EXPECT_EQ(text, "answer");
  }());
}

}  // namespace
}  // namespace corochain::str_output_parser_test
