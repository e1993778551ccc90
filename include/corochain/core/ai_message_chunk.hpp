// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "corochain/core/choice.hpp"
#include "corochain/core/chunk.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"
#include "corochain/core/usage.hpp"

namespace corochain {

/// A piece of a streamed answer. Pieces add up, in their order, to the answer: `whole += piece`.
///
/// What is said once of an answer (ids, the model, usage, `finish_reason`) stands in the piece with which it came and
/// is empty in the others.
struct COROCHAIN_EXPORT AIMessageChunk {
  AIMessageChunk();
  explicit AIMessageChunk(std::string text);
  /// A whole answer as one piece.
  explicit AIMessageChunk(const AIMessage& message);
  AIMessageChunk(const AIMessageChunk& other);
  AIMessageChunk(AIMessageChunk&& other) noexcept;
  AIMessageChunk& operator=(const AIMessageChunk& other);
  AIMessageChunk& operator=(AIMessageChunk&& other) noexcept;
  ~AIMessageChunk();

  std::string content;  ///< of the answer's text, to be appended
  std::string refusal;
  std::vector<ToolCallChunk> tool_call_chunks;
  std::vector<TokenLogprob> logprobs;
  /// Pieces of the other answers where several were asked for; they never mix into `content`.
  std::vector<ChoiceChunk> other_choices;
  std::string id;
  std::string model;
  std::string finish_reason;
  std::string system_fingerprint;
  std::string service_tier;
  std::optional<Usage> usage;  ///< of the whole answer, not of this piece
  std::string request_id;
  std::string region;
  std::optional<std::chrono::milliseconds> processing;
  std::optional<std::int64_t> remaining_requests;
  std::optional<std::int64_t> remaining_tokens;

  /// Appends the texts and the pieces of tool calls; of what is said once the later word counts. Usage is taken, never
  /// summed up. `(a + b) + c` is `a + (b + c)`.
  AIMessageChunk& operator+=(const AIMessageChunk& next);
  friend COROCHAIN_EXPORT AIMessageChunk operator+(AIMessageChunk a, const AIMessageChunk& b);
  friend COROCHAIN_EXPORT bool operator==(const AIMessageChunk& a, const AIMessageChunk& b);

  /// The answer, when all pieces are added up.
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
