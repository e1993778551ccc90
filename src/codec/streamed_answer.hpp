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

// Joins a stream to one message. `models/chat_step` uses it when a whole answer was asked for as a stream,
// and `chat_completions/chat_response` for servers that stream unasked.
namespace corochain::codec {

/// Joins the chunks of a streamed answer like `AIMessageChunk::operator+=`, but holds a text of many
/// megabytes only once.
class streamed_answer {
 public:
  /// Takes the next chunk of the answer, in the order of the stream.
  void add(AIMessageChunk chunk);
  /// Moves the answer out. The object is empty afterwards and may be used again.
  AIMessage take();
  /// Moves the text so far out.
  std::string take_text() { return texts_[0].content.take(); }

 private:
  /// The parts of a choice that grow with the length of the answer. Everything else is small, and `rest_`
  /// holds it.
  struct choice_texts {
    text_blocks content, refusal;
    // By the index of the tool call.
    std::map<std::size_t, text_blocks> arguments;
    std::deque<TokenLogprob> logprobs;
  };
  /// Moves the long texts from a chunk into `texts`. `Chunk` is an `AIMessageChunk` for the main choice or a
  /// `ChoiceChunk` for another one; their members have the same names.
  template <class Chunk>
  static void move_in(choice_texts& texts, Chunk& chunk);
  /// Moves the whole texts into the chunk that has joined everything else.
  template <class Chunk>
  static void move_out(choice_texts& texts, Chunk& whole);

  // Everything but the texts.
  AIMessageChunk rest_;
  // By the index of the choice. The main choice has index 0.
  std::map<std::size_t, choice_texts> texts_;
};

}  // namespace corochain::codec
