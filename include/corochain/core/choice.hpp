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

  std::string id;         ///< names the call; the answer to it carries the same
  std::string name;       ///< of the tool
  std::string arguments;  ///< JSON as the model wrote it, which may be no JSON at all

  friend COROCHAIN_EXPORT bool operator==(const ToolCall& a, const ToolCall& b);
};

/// A piece of a streamed tool call. Pieces with the same `index` belong together; id and name come with the first.
struct COROCHAIN_EXPORT ToolCallChunk {
  ToolCallChunk() = default;

  std::size_t index = 0;
  std::string id;
  std::string name;
  std::string arguments;  ///< what is to be appended

  friend COROCHAIN_EXPORT bool operator==(const ToolCallChunk& a, const ToolCallChunk& b);
};

/// How likely the model held a token, as the natural logarithm of its probability.
struct COROCHAIN_EXPORT TokenLogprob {
  TokenLogprob() = default;

  std::string token;
  double logprob = 0;
  /// The likeliest tokens at this place, if `top_logprobs` asked for them.
  std::vector<std::pair<std::string, double>> top;

  friend COROCHAIN_EXPORT bool operator==(const TokenLogprob& a, const TokenLogprob& b);
};

/// One of several answers to the same question (option `n`).
struct COROCHAIN_EXPORT Choice {
  Choice() = default;

  std::size_t index = 0;  ///< as the provider counts them
  std::string content;
  std::string refusal;
  std::string finish_reason;
  std::vector<ToolCall> tool_calls;
  std::vector<TokenLogprob> logprobs;

  friend COROCHAIN_EXPORT bool operator==(const Choice& a, const Choice& b);
};

/// A piece of one of several streamed answers.
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
