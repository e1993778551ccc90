// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/completion_parts.hpp"

#include <gtest/gtest.h>

namespace corochain::codec::completion_parts_test {
namespace {

completion_reader read(std::string_view text, completion_part part = completion_part::message) {
  completion_reader reader(part);
  EXPECT_EQ(visit_json(text, reader).problem, json_problem::none) << text;
  return reader;
}

std::string first_problem(std::string_view choice, completion_part part, bool present) {
  const auto reader = read(R"({"choices":[)" + std::string(choice) + "]}", part);
  return misshapen(reader.all_choices.at(0), part == completion_part::message ? "message" : "delta", present);
}

TEST(completion_parts, name_the_place_that_is_misshapen) {
  const auto whole = [](std::string_view choice) {
    return first_problem(choice, completion_part::message, true);
  };
  EXPECT_EQ(whole(R"({"message":{"content":"x"}})"), "");
  EXPECT_EQ(whole(R"({"message":{"content":null,"refusal":null,"tool_calls":null},"index":null})"), "");
  EXPECT_EQ(whole("5"), "'choices[0]' is no object");
  EXPECT_EQ(whole("{}"), "'choices[0].message' is missing");
  EXPECT_EQ(whole(R"({"delta":{"content":"x"}})"), "'choices[0].message' is missing");
  EXPECT_EQ(whole(R"({"message":null})"), "'choices[0].message' is no object");
  EXPECT_EQ(whole(R"({"message":{"content":[]}})"), "'choices[0].message.content' is neither text nor null");
  EXPECT_EQ(whole(R"({"message":{"refusal":1}})"), "'choices[0].message.refusal' is neither text nor null");
  EXPECT_EQ(whole(R"({"message":{},"finish_reason":{}})"),
            "'choices[0].finish_reason' is neither text nor null");
  for (const char* index : {"-1", "1024", "0.5", "true", "\"0\"", "1e300"})
    EXPECT_EQ(whole(R"({"message":{},"index":)" + std::string(index) + "}"),
              "'choices[0].index' is no number from 0 to 1023");
  EXPECT_EQ(whole(R"({"message":{"tool_calls":{}}})"), "'choices[0].message.tool_calls' is no array");
  EXPECT_EQ(whole(R"({"message":{"tool_calls":[{},7]}})"), "'choices[0].message.tool_calls[1]' is no object");
  EXPECT_EQ(whole(R"({"message":{"tool_calls":[{"function":[]}]}})"),
            "'choices[0].message.tool_calls[0].function' is no object");
  EXPECT_EQ(whole(R"({"message":{"tool_calls":[{"function":{"arguments":{}}}]}})"),
            "'choices[0].message.tool_calls[0].function.arguments' is no text");
}

TEST(completion_parts, a_piece_needs_the_index_of_its_tool_calls) {
  const auto piece = [](std::string_view choice) {
    return first_problem(choice, completion_part::delta, false);
  };
  EXPECT_EQ(piece("{}"), "");
  EXPECT_EQ(piece(R"({"delta":null})"), "");
  EXPECT_EQ(piece(R"({"delta":[]})"), "'choices[0].delta' is no object");
  EXPECT_EQ(piece(R"({"delta":{"tool_calls":[{"id":"x"}]}})"),
            "'choices[0].delta.tool_calls[0].index' is missing");
  EXPECT_EQ(piece(R"({"delta":{"tool_calls":[{"index":1023,"id":"x"}]}})"), "");
}

TEST(completion_parts, only_the_part_that_was_asked_for_is_read) {
  const std::string_view both =
      R"({"choices":[{"message":{"content":"m"},"delta":{"content":"d","tool_calls":[{}]}}]})";
  auto whole = read(both);
  EXPECT_EQ(whole.all_choices[0].content.text, "m");
  EXPECT_TRUE(whole.all_choices[0].tool_calls.empty());
  EXPECT_EQ(read(both, completion_part::delta).all_choices[0].content.text, "d");
}

TEST(completion_parts, usage_is_read_or_said_to_be_misshapen) {
  const auto usage = [](std::string_view text) {
    return read(R"({"usage":)" + std::string(text) + "}").usage;
  };
  EXPECT_FALSE(usage_of(usage("null")));
  EXPECT_EQ(misshapen(usage("null")), "");
  const auto full = usage_of(usage(
      R"({"prompt_tokens":3,"completion_tokens":4e0,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}})"));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->input_tokens, 3);
  EXPECT_EQ(full->output_tokens, 4);
  EXPECT_EQ(full->total_tokens, 7);
  EXPECT_EQ(full->cached_tokens, 1);
  EXPECT_EQ(full->reasoning_tokens, 2);
  for (const char* bad :
       {"5", "[]", R"({"prompt_tokens":-1})", R"({"completion_tokens":"4"})", R"({"total_tokens":0.5})",
        R"({"total_tokens":1e30})", R"({"prompt_tokens_details":[]})",
        R"({"prompt_tokens_details":{"cached_tokens":-1}})",
        R"({"completion_tokens_details":{"reasoning_tokens":true}})"}) {
    EXPECT_NE(misshapen(usage(bad)), "") << bad;
    EXPECT_FALSE(usage_of(usage(bad))) << bad;
  }
}

TEST(completion_parts, more_than_1024_elements_are_told_and_not_kept) {
  std::string many = R"({"choices":[)";
  for (int i = 0; i < 1025; ++i) many += i == 0 ? "{}" : ",{}";
  const auto reader = read(many + "]}");
  EXPECT_TRUE(reader.too_many);
  EXPECT_EQ(reader.all_choices.size(), 1024u);
  std::string calls = R"({"choices":[{"message":{"tool_calls":[{})";
  for (int i = 0; i < 1024; ++i) calls += ",{}";
  const auto with_calls = read(calls + "]}}]}");
  EXPECT_TRUE(with_calls.too_many);
  EXPECT_EQ(with_calls.all_choices.at(0).tool_calls.size(), 1024u);
}

TEST(head_facts, take_numbers_and_pass_over_all_else) {
  const auto facts = [](std::string_view value) {
    header_fields headers;
    for (const char* name :
         {"openai-processing-ms", "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens"})
      headers.add(name, value);
    return head_facts(headers);
  };
  EXPECT_EQ(facts("120").processing, std::chrono::milliseconds(120));
  EXPECT_EQ(facts("120.9").remaining_tokens, 120);
  EXPECT_EQ(facts("9223372036854775807").remaining_requests, 9223372036854775807);
  EXPECT_FALSE(facts("9223372036854775807").processing);  // no time of a call
  for (const char* bad : {"", "-1", "+1", "x", "1x", "9223372036854775808", " ", ".5"}) {
    EXPECT_FALSE(facts(bad).remaining_tokens) << bad;
    EXPECT_FALSE(facts(bad).processing) << bad;
  }
}

}  // namespace
}  // namespace corochain::codec::completion_parts_test
