// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"

namespace corochain {

/// A call of a tool that the model asks for.
struct COROCHAIN_EXPORT ToolCall {
  ToolCall() = default;
  ToolCall(std::string call_id, std::string tool_name, std::string argument_text);

  /// The id of the call. The answer to the call carries the same id.
  std::string id;
  /// The name of the tool.
  std::string name;
  /// JSON text as the model wrote it. It may be invalid.
  std::string arguments;

  friend bool operator==(const ToolCall&, const ToolCall&) = default;
  /// Writes id, name and arguments: `call_1: weather({"city":"Oslo"})`.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const ToolCall& call);
};

/// A chunk of a streamed tool call. Chunks with the same `index` belong together; id and name come with the
/// first.
struct COROCHAIN_EXPORT ToolCallChunk {
  ToolCallChunk() = default;

  std::size_t index = 0;
  std::string id;
  std::string name;
  /// The next part of the arguments.
  std::string arguments;

  friend bool operator==(const ToolCallChunk&, const ToolCallChunk&) = default;
  /// Writes index, id, name and arguments, as far as they are in this chunk.
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const ToolCallChunk& chunk);
};

/// The probability that the model gave a token, as a natural logarithm.
struct COROCHAIN_EXPORT TokenLogprob {
  TokenLogprob() = default;

  std::string token;
  double logprob = 0;
  /// The likeliest tokens at this position, if `top_logprobs` asked for them.
  std::vector<std::pair<std::string, double>> top;

  friend bool operator==(const TokenLogprob&, const TokenLogprob&) = default;
};

namespace detail {

/// The fields that a `Choice` and a `ChoiceChunk` both have.
struct COROCHAIN_EXPORT choice_fields {
  choice_fields() = default;

  /// The provider's number of this answer.
  std::size_t index = 0;
  std::string content;
  std::string refusal;
  std::string finish_reason;
  std::vector<TokenLogprob> logprobs;

  friend bool operator==(const choice_fields&, const choice_fields&) = default;
};

}  // namespace detail

/// One of several answers to the same question (option `n`).
struct COROCHAIN_EXPORT Choice : detail::choice_fields {
  Choice() = default;

  std::vector<ToolCall> tool_calls;

  friend bool operator==(const Choice&, const Choice&) = default;
};

/// A chunk of one of several streamed answers.
struct COROCHAIN_EXPORT ChoiceChunk : detail::choice_fields {
  ChoiceChunk() = default;

  std::vector<ToolCallChunk> tool_call_chunks;

  friend bool operator==(const ChoiceChunk&, const ChoiceChunk&) = default;
  // Else it would compare the fields of the base alone.
  friend bool operator==(const ChoiceChunk&, const Choice&) = delete;
};

}  // namespace corochain
