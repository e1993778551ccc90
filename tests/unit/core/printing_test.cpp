// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// The text that programs and GoogleTest print for public values.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/dict_chunk.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/message.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/core/result.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/core/template_grammar.hpp"
#include "corochain/observability/callbacks.hpp"
#include "corochain/observability/log.hpp"
#include "corochain/runnables/streaming_mode.hpp"

namespace corochain::printing_test {
namespace {

using namespace std::chrono_literals;

template <class T>
concept printable = requires(std::ostream& out, const T& value) { out << value; };

struct verdict {
  std::string winner;
};

// A Value is made from anything, which must not make everything printable.
static_assert(!printable<Secret>);
static_assert(!printable<verdict>);
static_assert(!printable<Timing>);

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(printing, of_enumerators_is_their_name) {
  EXPECT_EQ(printed(ErrorKind::rate_limit), "rate_limit");
  EXPECT_EQ(printed(ErrorCondition::bad_answer), "bad_answer");
  EXPECT_EQ(printed(Phase::first_byte), to_string(Phase::first_byte));
  EXPECT_EQ(printed(ConnectProblem::too_many_files), "too_many_files");
  EXPECT_EQ(printed(ConnectProblem::other), "other");
  EXPECT_EQ(printed(Role::ai), "ai");
  EXPECT_EQ(printed(RunType::chat_model), "chat_model");
  EXPECT_EQ(printed(RunEventKind::failed), "error");
  EXPECT_EQ(printed(LogLevel::warning), "warning");
  EXPECT_EQ(printed(LogContents::shown), "shown");
  EXPECT_EQ(printed(TemplateProblem::not_a_name), "not_a_name");
  EXPECT_EQ(printed(streaming_mode::passes), "passes");
  EXPECT_EQ(printed(static_cast<Phase>(99)), "unknown");
  EXPECT_EQ(::testing::PrintToString(ErrorKind::rate_limit), "rate_limit");
}

TEST(printing, of_a_conversation_shows_authors_and_tools) {
  EXPECT_EQ(printed(Message::human("hi")), "Human: hi");
  EXPECT_EQ(printed(Message::ai("", {{"c1", "weather", "{}"}})), "AI: [c1: weather({})]");
  EXPECT_EQ(printed(Message::tool("c1", "rain")), "Tool: rain[answer to c1]");
  EXPECT_EQ(printed(Messages({"system", "be brief"}, {"human", "hi"})), "System: be brief\nHuman: hi");
  EXPECT_EQ(printed(Messages()), "");
  EXPECT_EQ(::testing::PrintToString(Messages("hi")), "{ Human: hi }") << "GoogleTest's form of a container";
}

TEST(printing, of_an_answer_is_its_text) {
  AIMessage answer("Paris");
  EXPECT_EQ(printed(answer), "Paris");
  answer.refusal = "no";
  answer.tool_calls.emplace_back("c1", "weather", "{}");
  EXPECT_EQ(printed(answer), "Paris[refusal: no][c1: weather({})]");
  AIMessageChunk chunk("Pa");
  EXPECT_EQ(printed(chunk), "Pa");
  chunk.tool_call_chunks.emplace_back().arguments = "{\"ci";
  EXPECT_EQ(printed(chunk), "Pa[0: ({\"ci)]");
}

TEST(printing, of_values_never_throws) {
  EXPECT_EQ(printed(Value("text")), "text");
  EXPECT_EQ(printed(Value()), "null");
  EXPECT_EQ(printed(Value(2.5)), "2.5");
  const Dict dict{{"n", 1}, {"own", verdict{"a"}}, {"list", List{Value("x"), Value(verdict{"b"})}}};
  const std::string type = Value(verdict{}).type_name();
  EXPECT_EQ(printed(dict), "{\"list\": [\"x\", <" + type + ">], \"n\": 1, \"own\": <" + type + ">}");
  EXPECT_EQ(printed(Value(verdict{"a"})), "<" + type + ">");
  EXPECT_EQ(printed(Dict("bare")), "bare");
  EXPECT_EQ(printed(DictChunk("key", Value(AIMessageChunk("Pa")))), "{\"key\": \"Pa\"}");
  EXPECT_EQ(::testing::PrintToString(Dict{{"a", 1}}), "{ (\"a\", 1) }") << "GoogleTest's form of a container";
}

TEST(printing, of_a_secret_in_a_dict_shows_its_type_alone) {
  EXPECT_EQ(printed(Dict{{"key", std::make_shared<Secret>("canary")}}).find("canary"), std::string::npos);
}

TEST(printing, of_a_failure_is_kind_and_message) {
  EXPECT_EQ(printed(Failure(std::make_exception_ptr(RateLimitError("slow down")))), "rate_limit: slow down");
  EXPECT_EQ(printed(Failure(std::make_exception_ptr(std::runtime_error("x")))), "other: x");
  EXPECT_EQ(printed(Failure()), "other: no failure");
}

TEST(printing, of_a_result_is_the_value_or_the_failure) {
  const Failure failure(std::make_exception_ptr(RateLimitError("slow down")));
  EXPECT_EQ(printed(Result<std::string>(std::string("Paris"))), "Paris");
  EXPECT_EQ(printed(Result<int>(7)), "7");
  EXPECT_EQ(printed(Result<AIMessage>(AIMessage("Paris"))), "Paris");
  EXPECT_EQ(printed(Result<verdict>(verdict{"a"})), "(a value without a text)");
  EXPECT_EQ(printed(Result<std::string>(failure)), "rate_limit: slow down");
  EXPECT_EQ(printed(Result<verdict>(failure)), "rate_limit: slow down");
  EXPECT_EQ(printed(Result<void>()), "(no value)");
  EXPECT_EQ(printed(Result<void>(failure)), "rate_limit: slow down");
}

TEST(printing, of_costs) {
  Usage usage;
  usage.total_tokens = 12;
  usage.input_tokens = 5;
  usage.output_tokens = 7;
  EXPECT_EQ(printed(usage), "12 tokens (5 in, 7 out)");
  usage.cached_tokens = 4;
  EXPECT_EQ(printed(usage), "12 tokens (5 in, 7 out, 4 cached)");
  AttemptRecord attempt;
  attempt.status = 429;
  attempt.timing.total = 1250ms;
  attempt.retry_after = 2s;
  attempt.slept = 2100ms;
  attempt.error = "slow down";
  EXPECT_EQ(printed(attempt), "HTTP 429 in 1.25 s, advised to wait 2 s, slept 2.1 s: slow down");
  QueryResult result;
  result.question = "capital?";
  result.answer = "Paris";
  result.timing.total = 20ms;
  EXPECT_EQ(printed(result), "capital? -> Paris (0.02 s, 0 tokens (0 in, 0 out))");
  result.error.emplace(std::make_exception_ptr(RateLimitError("slow down")));
  EXPECT_EQ(printed(result), "capital? -> rate_limit: slow down (0.02 s, 0 tokens (0 in, 0 out))");
}

}  // namespace
}  // namespace corochain::printing_test
