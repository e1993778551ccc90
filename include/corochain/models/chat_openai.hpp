// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/models/chat_model_options.hpp"

namespace corochain {

/// How to reach OpenAI, or a server that speaks its language (vLLM, Ollama, llama.cpp, a gateway), and what to ask it
/// for. What is left empty comes from the environment, as named at each field; what is set explicitly beats it.
class COROCHAIN_EXPORT OpenAIOptions : public ChatModelOptions {
 public:
  OpenAIOptions();

  std::string model;  ///< such as `gpt-4o-mini`; required
  /// The address above `/chat/completions`; OPENAI_BASE_URL, else `https://api.openai.com/v1`.
  std::string base_url;
  /// Sent as `Authorization: Bearer`; OPENAI_API_KEY, but not to a `base_url` that is set here: the key of the
  /// environment goes to OpenAI, or to the server that OPENAI_BASE_URL names, and nowhere else. Without a key such a
  /// server is asked without one.
  Secret api_key;
  std::string organization;  ///< sent as `OpenAI-Organization`; OPENAI_ORG_ID
  std::string project;       ///< sent as `OpenAI-Project`; OPENAI_PROJECT_ID
};

/// A chat model behind OpenAI's API: a `Runnable<Messages, AIMessage>`. All that is said of `AzureChatOpenAI` about
/// connections, errors and cancellation holds.
class COROCHAIN_EXPORT ChatOpenAI : public ChatModel {
 public:
  /// A `ConfigError` says which option or environment variable is missing or wrong, and never what it holds.
  explicit ChatOpenAI(const OpenAIOptions& options = OpenAIOptions());
};

}  // namespace corochain
