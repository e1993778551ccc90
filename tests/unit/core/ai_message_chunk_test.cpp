// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/ai_message_chunk.hpp"

#include <gtest/gtest.h>

#include <random>

namespace corochain::ai_message_chunk_test {
namespace {

/// A chunk with some of everything.
AIMessageChunk some_chunk(std::mt19937& random) {
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  AIMessageChunk chunk(one_in(2) ? std::string(1, static_cast<char>('a' + random() % 26)) : std::string());
  if (one_in(4)) chunk.refusal = "r";
  if (one_in(3)) chunk.id = "id" + std::to_string(random() % 3);
  if (one_in(5)) chunk.finish_reason = "stop";
  if (one_in(4)) {
    chunk.usage = Usage();
    chunk.usage->total_tokens = static_cast<std::int64_t>(random() % 100);
  }
  for (auto i = random() % 3; i > 0; --i) {
    auto& call = chunk.tool_call_chunks.emplace_back();
    // Each index occurs once in a chunk.
    call.index = i;
    call.arguments = std::string(1, static_cast<char>('0' + random() % 10));
    if (one_in(3)) call.id = "call" + std::to_string(random() % 3);
  }
  for (auto i = random() % 3; i > 0; --i) {
    auto& choice = chunk.other_choices.emplace_back();
    choice.index = i;
    choice.content = std::string(1, static_cast<char>('A' + random() % 26));
  }
  return chunk;
}

TEST(AIMessageChunk, property_adding_is_associative) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const AIMessageChunk a = some_chunk(random), b = some_chunk(random), c = some_chunk(random);
    ASSERT_EQ((a + b) + c, a + (b + c)) << i;
  }
}

TEST(AIMessageChunk, usage_is_taken_and_never_summed_up) {
  AIMessageChunk a("x"), b("y");
  a.usage = Usage();
  a.usage->total_tokens = 5;
  b.usage = Usage();
  b.usage->total_tokens = 7;
  EXPECT_EQ((a + b).usage->total_tokens, 7);
  EXPECT_EQ((a + AIMessageChunk("z")).usage->total_tokens, 5);
}

TEST(AIMessageChunk, a_message_comes_back_from_its_one_chunk) {
  AIMessage message("text");
  message.refusal = "no";
  message.id = "id";
  message.model = "m";
  message.finish_reason = "tool_calls";
  message.tool_calls = {ToolCall("1", "f", "{}"), ToolCall("2", "g", "[]")};
  message.usage = Usage();
  message.usage->input_tokens = 3;
  message.other_choices.emplace_back().index = 2;
  message.other_choices[0].content = "other";
  const AIMessage back = AIMessageChunk(message).whole();
  EXPECT_EQ(back.content, message.content);
  EXPECT_EQ(back.refusal, message.refusal);
  EXPECT_EQ(back.id, message.id);
  EXPECT_EQ(back.model, message.model);
  EXPECT_EQ(back.finish_reason, message.finish_reason);
  EXPECT_EQ(back.tool_calls, message.tool_calls);
  EXPECT_EQ(back.usage, message.usage);
  EXPECT_EQ(back.other_choices, message.other_choices);
}

TEST(AIMessageChunk, its_whole_has_calls_and_choices_by_index) {
  AIMessageChunk chunk;
  for (const std::size_t index : {3u, 1u, 2u, 1u, 0u}) {
    const std::string name = std::to_string(index) + std::to_string(chunk.tool_call_chunks.size());
    auto& call = chunk.tool_call_chunks.emplace_back();
    call.index = index;
    call.name = name;
    auto& choice = chunk.other_choices.emplace_back();
    choice.index = index;
    choice.content = name;
  }
  const AIMessage whole = chunk.whole();
  std::string calls, choices;
  for (const ToolCall& call : whole.tool_calls) calls += call.name + ' ';
  for (const Choice& choice : whole.other_choices) choices += choice.content + ' ';
  EXPECT_EQ(calls, "04 11 13 22 30 ");
  EXPECT_EQ(choices, calls);
}

TEST(AIMessageChunk, to_itself_it_is_twice_the_text) {
  AIMessageChunk a("ab");
  a.tool_call_chunks.emplace_back().arguments = "x";
  a += a;
  EXPECT_EQ(a.content, "abab");
  EXPECT_EQ(a.tool_call_chunks.at(0).arguments, "xx");
}

}  // namespace
}  // namespace corochain::ai_message_chunk_test
