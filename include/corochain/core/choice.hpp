// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
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

  friend COROCHAIN_EXPORT bool operator==(const ToolCall& a, const ToolCall& b);
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

  friend COROCHAIN_EXPORT bool operator==(const ToolCallChunk& a, const ToolCallChunk& b);
};

/// The probability that the model gave a token, as a natural logarithm.
struct COROCHAIN_EXPORT TokenLogprob {
  TokenLogprob() = default;

  std::string token;
  double logprob = 0;
  /// The likeliest tokens at this position, if `top_logprobs` asked for them.
  std::vector<std::pair<std::string, double>> top;

  friend COROCHAIN_EXPORT bool operator==(const TokenLogprob& a, const TokenLogprob& b);
};

/// One of several answers to the same question (option `n`).
struct COROCHAIN_EXPORT Choice {
  Choice() = default;

  /// The provider's number of this answer.
  std::size_t index = 0;
  std::string content;
  std::string refusal;
  std::string finish_reason;
  std::vector<ToolCall> tool_calls;
  std::vector<TokenLogprob> logprobs;

  friend COROCHAIN_EXPORT bool operator==(const Choice& a, const Choice& b);
};

/// A chunk of one of several streamed answers.
struct COROCHAIN_EXPORT ChoiceChunk {
  ChoiceChunk() = default;

  std::size_t index = 0;
  std::string content;
  std::string refusal;
  std::string finish_reason;
  std::vector<ToolCallChunk> tool_call_chunks;
  std::vector<TokenLogprob> logprobs;

  friend COROCHAIN_EXPORT bool operator==(const ChoiceChunk& a, const ChoiceChunk& b);
};

}  // namespace corochain
