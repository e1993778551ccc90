// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/streamed_answer.hpp"

#include <gtest/gtest.h>

#include <random>

namespace corochain::codec::streamed_answer_test {
namespace {

TEST(text_blocks, hold_the_text_once_however_it_grows) {
  for (const std::size_t chunk : {1u, 7u, 4000u, 70'000u, 3'000'000u}) {
    text_blocks blocks;
    std::string expected;
    for (std::size_t i = 0; expected.size() < 10'000'000 && i < 200'000; ++i) {
      const std::string part(chunk, static_cast<char>('a' + i % 26));
      blocks.append(part);
      expected += part;
      ASSERT_EQ(blocks.size(), expected.size());
      if (i % 100 == 0) {
        ASSERT_LE(blocks.capacity(), expected.size() + expected.size() / 4 + 32 * 1024) << chunk;
      }
    }
    EXPECT_EQ(blocks.take(), expected);
    EXPECT_TRUE(blocks.empty());
    EXPECT_LT(blocks.capacity(), 100u);
  }
}

TEST(text_blocks, are_used_again_after_the_text_was_taken) {
  text_blocks blocks;
  EXPECT_EQ(blocks.take(), "");
  blocks.append("one");
  EXPECT_EQ(blocks.take(), "one");
  blocks.append("");
  EXPECT_TRUE(blocks.empty());
  blocks.append("two");
  EXPECT_EQ(blocks.take(), "two");
}

AIMessageChunk random_chunk(std::mt19937& random) {
  const auto one_of = [&](unsigned n) { return static_cast<std::size_t>(random() % n); };
  const auto text = [&] { return std::string(one_of(4), static_cast<char>('a' + one_of(26))); };
  const auto fill = [&](auto& to) {
    to.content = text();
    to.refusal = text();
    if (one_of(4) == 0) to.finish_reason = "stop";
    for (std::size_t i = one_of(3); i > 0; --i) {
      ToolCallChunk& call = to.tool_call_chunks.emplace_back();
      call.index = one_of(3);
      call.id = text();
      call.name = text();
      call.arguments = text();
    }
    for (std::size_t i = one_of(3); i > 0; --i) to.logprobs.emplace_back().token = text();
  };
  AIMessageChunk chunk;
  fill(chunk);
  chunk.id = text();
  chunk.model = text();
  chunk.request_id = text();
  if (one_of(5) == 0) chunk.usage.emplace().input_tokens = static_cast<int>(one_of(100));
  for (std::size_t i = one_of(3); i > 0; --i) {
    ChoiceChunk& choice = chunk.other_choices.emplace_back();
    choice.index = 1 + one_of(3);
    fill(choice);
  }
  return chunk;
}

TEST(streamed_answer, is_the_sum_of_its_chunks) {
  std::mt19937 random(7);
  for (int run = 0; run < 300; ++run) {
    streamed_answer answer;
    AIMessageChunk sum;
    for (std::size_t i = random() % 12; i > 0; --i) {
      const AIMessageChunk chunk = random_chunk(random);
      sum += chunk;
      answer.add(chunk);
    }
    ASSERT_EQ(AIMessageChunk(answer.take()), AIMessageChunk(std::move(sum).whole())) << run;
    ASSERT_EQ(AIMessageChunk(answer.take()), AIMessageChunk()) << run;
  }
}

TEST(streamed_answer, gives_its_text_for_an_error) {
  streamed_answer answer;
  answer.add(AIMessageChunk("half "));
  answer.add(AIMessageChunk("an answer"));
  EXPECT_EQ(answer.take_text(), "half an answer");
}

}  // namespace
}  // namespace corochain::codec::streamed_answer_test
