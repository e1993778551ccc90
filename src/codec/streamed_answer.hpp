// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "codec/text_blocks.hpp"
#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/message.hpp"

namespace corochain::codec {

/// Joins the chunks of a streamed answer like `AIMessageChunk::operator+=`, but holds a text of many
/// megabytes only once.
class streamed_answer {
 public:
  void add(AIMessageChunk chunk);
  /// Moves the answer out.
  AIMessage take();
  /// Moves the text so far out.
  std::string take_text() { return texts_[0].content.take(); }

 private:
  struct choice_texts {
    text_blocks content, refusal;
    std::map<std::size_t, text_blocks> arguments;  // by the index of the tool call
    std::deque<TokenLogprob> logprobs;
  };
  template <class Chunk>
  static void move_in(choice_texts& texts, Chunk& chunk);
  template <class Chunk>
  static void move_out(choice_texts& texts, Chunk& whole);

  AIMessageChunk rest_;  // everything but the texts
  std::map<std::size_t, choice_texts> texts_;
};

}  // namespace corochain::codec
