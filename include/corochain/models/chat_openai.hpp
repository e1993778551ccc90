// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/models/chat_model_options.hpp"
#include "corochain/models/openai_access.hpp"

namespace corochain {

/// The options of a chat model behind OpenAI's API: its address, the parameters of its requests, and the
/// limits of its calls.
class COROCHAIN_EXPORT OpenAIOptions : public ChatModelOptions, public OpenAIAccess {
 public:
  OpenAIOptions();
  OpenAIOptions(const OpenAIOptions& other);
  OpenAIOptions(OpenAIOptions&& other) noexcept;
  OpenAIOptions& operator=(const OpenAIOptions& other);
  OpenAIOptions& operator=(OpenAIOptions&& other) noexcept;
  ~OpenAIOptions();

  /// The model's name, such as `gpt-4o-mini`; required.
  std::string model;
};

/// A chat model behind OpenAI's API: a `Runnable<Messages, AIMessage>`. Connections, errors and cancellation
/// are those of `AzureChatOpenAI`.
class COROCHAIN_EXPORT ChatOpenAI : public ChatModel {
 public:
  /// Throws a `ConfigError` that names the option or environment variable that is missing or wrong, and never
  /// quotes its value.
  explicit ChatOpenAI(const OpenAIOptions& options = OpenAIOptions());
};

}  // namespace corochain
