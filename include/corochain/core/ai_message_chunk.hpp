// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/choice.hpp"
#include "corochain/core/chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"

namespace corochain {

/// A chunk of a streamed answer. Chunks add up, in their order, to the answer: `whole += chunk`.
///
/// An answer has its ids, its model, its usage and its `finish_reason` once: they are the fields of the base.
/// The chunk that brought such a field holds it; the field is empty in the other chunks. `usage` is that of
/// the whole answer, not of the chunk.
struct COROCHAIN_EXPORT AIMessageChunk : detail::answer_metadata {
  AIMessageChunk();
  explicit AIMessageChunk(std::string text);
  /// A whole answer as one chunk.
  explicit AIMessageChunk(const AIMessage& message);
  AIMessageChunk(const AIMessageChunk& other);
  AIMessageChunk(AIMessageChunk&& other) noexcept;
  AIMessageChunk& operator=(const AIMessageChunk& other);
  AIMessageChunk& operator=(AIMessageChunk&& other) noexcept;
  ~AIMessageChunk();

  /// The next part of the answer's text.
  std::string content;
  std::string refusal;
  std::vector<ToolCallChunk> tool_call_chunks;
  std::vector<TokenLogprob> logprobs;
  /// Chunks of the other answers, if several were asked for. They never mix into `content`.
  std::vector<ChoiceChunk> other_choices;

  /// Appends the texts and the chunks of tool calls. A field that an answer has once is replaced by the one
  /// in `next`, unless that is empty. Usage is replaced, never summed up. `(a + b) + c` is `a + (b + c)`.
  AIMessageChunk& operator+=(const AIMessageChunk& next);
  friend AIMessageChunk operator+(AIMessageChunk a, const AIMessageChunk& b) { return std::move(a += b); }
  friend bool operator==(const AIMessageChunk&, const AIMessageChunk&) = default;
  // Else it would compare the fields of the base alone.
  friend bool operator==(const AIMessageChunk&, const AIMessage&) = delete;
  /// Writes the text, and in brackets the refusal and the chunks of tool calls.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const AIMessageChunk& chunk);

  /// The answer, when all chunks are added up.
  AIMessage whole() &&;
  AIMessage whole() const&;
};

template <>
struct chunk_of<AIMessage> {
  using type = AIMessageChunk;
};
template <>
struct whole_of_chunk<AIMessageChunk> {
  using type = AIMessage;
};

}  // namespace corochain
