// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/models/chat_model_options.hpp"
#include "corochain/models/openai_access.hpp"

namespace corochain {

/// How to reach a chat model behind OpenAI's API, what to ask it for and what bounds its calls.
class COROCHAIN_EXPORT OpenAIOptions : public ChatModelOptions, public OpenAIAccess {
 public:
  OpenAIOptions();
  OpenAIOptions(const OpenAIOptions& other);
  OpenAIOptions(OpenAIOptions&& other) noexcept;
  OpenAIOptions& operator=(const OpenAIOptions& other);
  OpenAIOptions& operator=(OpenAIOptions&& other) noexcept;
  ~OpenAIOptions();

  std::string model;  ///< such as `gpt-4o-mini`; required
};

/// A chat model behind OpenAI's API: a `Runnable<Messages, AIMessage>`. All that is said of `AzureChatOpenAI` about
/// connections, errors and cancellation holds.
class COROCHAIN_EXPORT ChatOpenAI : public ChatModel {
 public:
  /// A `ConfigError` says which option or environment variable is missing or wrong, and never what it holds.
  explicit ChatOpenAI(const OpenAIOptions& options = OpenAIOptions());
};

}  // namespace corochain
