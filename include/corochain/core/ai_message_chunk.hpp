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

/// A chunk of a streamed answer. Chunks add up, in their order, to the answer: `whole += chunk`.
///
/// An answer has its ids, its model, its usage and its `finish_reason` once. The chunk that brought such a
/// field holds it; the field is empty in the other chunks.
struct COROCHAIN_EXPORT AIMessageChunk {
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
  std::string id;
  std::string model;
  std::string finish_reason;
  std::string system_fingerprint;
  std::string service_tier;
  /// The usage of the whole answer, not of this chunk.
  std::optional<Usage> usage;
  std::string request_id;
  std::string region;
  std::optional<std::chrono::milliseconds> processing;
  std::optional<std::int64_t> remaining_requests;
  std::optional<std::int64_t> remaining_tokens;

  /// Appends the texts and the chunks of tool calls. A field that an answer has once is replaced by the one
  /// in `next`, unless that is empty. Usage is replaced, never summed up. `(a + b) + c` is `a + (b + c)`.
  AIMessageChunk& operator+=(const AIMessageChunk& next);
  friend COROCHAIN_EXPORT AIMessageChunk operator+(AIMessageChunk a, const AIMessageChunk& b);
  friend COROCHAIN_EXPORT bool operator==(const AIMessageChunk& a, const AIMessageChunk& b);

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
