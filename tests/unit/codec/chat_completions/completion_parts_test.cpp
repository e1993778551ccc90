// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/completion_parts.hpp"

#include <gtest/gtest.h>

namespace corochain::codec::completion_parts_test {
namespace {

/// The facts that a text holds. The reader itself is not moved.
struct reading {
  explicit reading(std::string_view text, completion_part part = completion_part::message) : reader(part) {
    EXPECT_EQ(visit_json(text, reader).problem, json_problem::none) << text;
  }
  completion_reader reader;
};

std::string first_problem(std::string_view choice, completion_part part = completion_part::message) {
  const reading read(R"({"choices":[)" + std::string(choice) + "]}", part);
  return misshapen(read.reader.all_choices.at(0));
}

TEST(completion_parts, refuse_non_choices_and_too_large_indices) {
  for (const char* index : {"-1", "1024"})
    EXPECT_EQ(first_problem(R"({"message":{},"index":)" + std::string(index) + "}"),
              "'choices[0].index' is no number from 0 to 1023");
  EXPECT_NE(first_problem(R"({"message":{"tool_calls":[{"index":1024}]}})"), "");
  EXPECT_NE(first_problem(R"({"delta":{"tool_calls":[{"index":-1}]}})", completion_part::delta), "");
  EXPECT_EQ(first_problem(R"({"delta":{"tool_calls":[{"index":1023}]}})", completion_part::delta), "");
}

TEST(completion_parts, leave_empty_what_is_missing_or_of_another_type) {
  for (const char* choice :
       {"{}", R"({"message":null})", R"({"message":[]})", R"({"message":{"content":5,"refusal":[]}})",
        R"({"message":{"tool_calls":{}},"finish_reason":{}})", R"({"message":{"tool_calls":[7,null]}})",
        R"({"index":"0"})", R"({"index":0.5})", R"({"index":1e300})"}) {
    reading read(R"({"choices":[)" + std::string(choice) + "]}");
    found_choice& found = read.reader.all_choices.at(0);
    EXPECT_EQ(misshapen(found), "") << choice;
    EXPECT_EQ(found.content + found.refusal + found.finish_reason, "") << choice;
    EXPECT_TRUE(tool_calls_of(found).empty()) << choice;
    EXPECT_EQ(index_of(found), 0u) << choice;
  }
}

TEST(completion_parts, join_the_parts_that_are_text) {
  const auto content = [](const std::string& parts) {
    const reading read(R"({"choices":[{"message":{"content":)" + parts + "}}]}");
    return read.reader.all_choices.at(0).content;
  };
  EXPECT_EQ(content(R"([{"type":"text","text":"a"},{"text":"b"},"c",{"text":"d","type":"output_text"}])"),
            "abcd");
  EXPECT_EQ(
      content(
          R"([{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Hi"}])"),
      "Hi");
  EXPECT_EQ(content("[]"), "");
  EXPECT_EQ(content(R"([{"type":"reasoning","text":"hm"},5,null,[{"text":"no"}]])"), "");
}

TEST(completion_parts, copy_arguments_that_are_json_themselves) {
  const auto arguments = [](const std::string& value) {
    reading read(R"({"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":)" + value +
                 "}}]}}]}");
    return tool_calls_of(read.reader.all_choices.at(0)).at(0).arguments;
  };
  EXPECT_EQ(arguments(R"("{\"a\":1}")"), R"({"a":1})");
  EXPECT_EQ(arguments(R"({ "a" : 1.50 , "b" : [ true , null, "x\ny" , {} , [] ] })"),
            R"({"a":1.50,"b":[true,null,"x\ny",{},[]]})");
  EXPECT_EQ(arguments("{}"), "{}");
  EXPECT_EQ(arguments("[{},1]"), "[{},1]");
  EXPECT_EQ(arguments("null"), "");
}

TEST(completion_parts, only_the_part_that_was_asked_for_is_read) {
  const std::string both =
      R"({"choices":[{"message":{"content":"m"},"delta":{"content":"d","tool_calls":[{}]}}]})";
  const reading whole(both);
  EXPECT_EQ(whole.reader.all_choices[0].content, "m");
  EXPECT_TRUE(whole.reader.all_choices[0].tool_calls.empty());
  EXPECT_EQ(reading(both, completion_part::delta).reader.all_choices[0].content, "d");
}

TEST(completion_parts, usage_is_read_and_what_is_no_count_is_zero) {
  const auto usage = [](const std::string& text, const std::string& in_choice = "null") {
    const reading read(R"({"choices":[{"usage":)" + in_choice + R"(}],"usage":)" + text + "}");
    return usage_of(read.reader.any_usage());
  };
  EXPECT_FALSE(usage("null"));
  EXPECT_FALSE(usage("5"));
  EXPECT_FALSE(usage("[]"));
  const Usage full = {3, 4, 7, 1, 2};
  const std::string text =
      R"({"prompt_tokens":3,"completion_tokens":4e0,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}})";
  EXPECT_EQ(usage(text), full);
  EXPECT_EQ(usage("null", text), full);
  EXPECT_EQ(usage(text, R"({"total_tokens":1})"), full);
  EXPECT_EQ(usage(R"({"prompt_tokens":5,"prompt_cache_hit_tokens":4})"), (Usage{5, 0, 0, 4, 0}));
  EXPECT_EQ(usage(R"({"prompt_tokens":5,"cached_tokens":4})"), (Usage{5, 0, 0, 4, 0}));
  for (const char* bad :
       {R"({"prompt_tokens":-1})", R"({"completion_tokens":"4"})", R"({"total_tokens":0.5})",
        R"({"total_tokens":1e30})", R"({"prompt_tokens_details":[]})",
        R"({"prompt_tokens_details":{"cached_tokens":-1}})",
        R"({"completion_tokens_details":{"reasoning_tokens":true}})"})
    EXPECT_EQ(usage(bad), Usage()) << bad;
}

TEST(completion_parts, logprobs_are_of_the_content_and_of_the_refusal) {
  const auto tokens = [](const std::string& logprobs) {
    const reading read(R"({"choices":[{"message":{},"logprobs":)" + logprobs + "}]}");
    std::string all;
    for (const TokenLogprob& each : read.reader.all_choices.at(0).logprobs) all += each.token;
    return all;
  };
  EXPECT_EQ(tokens(R"({"content":[{"token":"a","logprob":-1},{"token":"b"}],"refusal":null})"), "ab");
  EXPECT_EQ(tokens(R"({"content":null,"refusal":[{"token":"N","logprob":-1},{"token":"o"}]})"), "No");
  EXPECT_EQ(tokens(R"({"other":[{"token":"a"}]})"), "");
}

TEST(completion_parts, of_a_field_that_comes_twice_the_last_one_counts) {
  const auto choice = [](const std::string& members) {
    const reading read(R"({"choices":[{)" + members + "}]}");
    return read.reader.all_choices.at(0);
  };
  const auto call = [&](const std::string& members) {
    return choice(R"("message":{"tool_calls":[{)" + members + "}]}").tool_calls.at(0);
  };
  found_tool_call twice = call(R"("function":{"name":"f","arguments":"1"},"function":{})");
  EXPECT_EQ(twice.name + twice.arguments, "");
  twice = call(R"("id":"a","id":null,"function":{"name":"f","name":5,"arguments":"1","arguments":{}})");
  EXPECT_EQ(twice.id + twice.name + twice.arguments, "{}");
  EXPECT_EQ(call(R"("index":1,"index":null)").index, std::nullopt);

  const found_choice parts =
      choice(R"("message":{"content":"c","refusal":"r","tool_calls":[{}]},"message":{})");
  EXPECT_EQ(parts.content + parts.refusal, "");
  EXPECT_TRUE(parts.tool_calls.empty());
  EXPECT_EQ(choice(R"("message":{"tool_calls":[{},{}],"tool_calls":[{}]})").tool_calls.size(), 1u);
  EXPECT_EQ(choice(R"("message":{"content":[{"text":"a","text":5}]})").content, "");
  EXPECT_EQ(choice(R"("message":{"content":[{"type":"thought","type":null,"text":"a"}]})").content, "a");
  EXPECT_TRUE(choice(R"("logprobs":{"content":[{"token":"a"}]},"logprobs":null)").logprobs.empty());
  EXPECT_TRUE(choice(R"("content_filter_results":{"hate":{"filtered":true}},"content_filter_results":{})")
                  .categories.names()
                  .empty());
  EXPECT_TRUE(
      choice(R"("content_filter_results":{"hate":{"filtered":true},"hate":{}})").categories.names().empty());

  const auto usage = [](const std::string& members) {
    const reading read("{" + members + "}");
    return usage_of(read.reader.any_usage());
  };
  EXPECT_EQ(usage(R"("usage":{"prompt_tokens":1},"usage":{"total_tokens":2})"), (Usage{0, 0, 2, 0, 0}));
  EXPECT_EQ(usage(R"("usage":{"total_tokens":1,"total_tokens":null})"), Usage());
  EXPECT_EQ(usage(R"("usage":{"prompt_tokens_details":{"cached_tokens":1},"prompt_tokens_details":null})"),
            Usage());
  EXPECT_EQ(
      usage(R"("usage":{"completion_tokens_details":{"reasoning_tokens":1},"completion_tokens_details":{}})"),
      Usage());
  EXPECT_EQ(usage(R"("choices":[{"usage":{"total_tokens":1}}],"choices":[{}])"), std::nullopt);

  std::string many = R"({"choices":[{})";
  for (int i = 0; i < 1024; ++i) many += ",{}";
  const reading choices(many + R"(],"choices":[{}]})");
  EXPECT_EQ(choices.reader.all_choices.size(), 1u);
  EXPECT_FALSE(choices.reader.too_many);

  for (const char* no_error :
       {R"({"error_message":"m","error_message":""})", R"({"error_type":"t","error_type":null})",
        R"({"message":"m","message":null,"code":5})", R"({"message":"m","code":5,"code":null})"})
    EXPECT_FALSE(reading(no_error).reader.reports_error()) << no_error;
}

TEST(completion_parts, more_than_1024_elements_are_told_and_not_kept) {
  std::string many = R"({"choices":[)";
  for (int i = 0; i < 1025; ++i) many += i == 0 ? "{}" : ",{}";
  const reading choices(many + "]}");
  EXPECT_TRUE(choices.reader.too_many);
  EXPECT_EQ(choices.reader.all_choices.size(), 1024u);
  std::string calls = R"({"choices":[{"message":{"tool_calls":[{})";
  for (int i = 0; i < 1024; ++i) calls += ",{}";
  const reading with_calls(calls + "]}}]}");
  EXPECT_TRUE(with_calls.reader.too_many);
  EXPECT_EQ(with_calls.reader.all_choices.at(0).tool_calls.size(), 1024u);
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
  EXPECT_FALSE(facts("9223372036854775807").processing);  // not a time of a call
  for (const char* bad : {"", "-1", "+1", "x", "1x", "9223372036854775808", " ", ".5"}) {
    EXPECT_FALSE(facts(bad).remaining_tokens) << bad;
    EXPECT_FALSE(facts(bad).processing) << bad;
  }
}

}  // namespace
}  // namespace corochain::codec::completion_parts_test
