// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/key_provider.hpp"

namespace corochain {

/// The address of OpenAI, or of a server with the same API (vLLM, Ollama, llama.cpp, a gateway), and the
/// credential for it: part of the options of every such model. An empty field is filled from the environment
/// variable that is named at the field; a field that is set wins.
class COROCHAIN_EXPORT OpenAIAccess {
 public:
  OpenAIAccess();

  /// The address above `/chat/completions` or `/embeddings`; OPENAI_BASE_URL, else
  /// `https://api.openai.com/v1`.
  std::string base_url;
  /// Sent as `Authorization: Bearer`; OPENAI_API_KEY. The key of the environment goes to OpenAI, or to the
  /// server that OPENAI_BASE_URL names, and nowhere else: it is not sent to a `base_url` that is set here.
  /// Without a key such a server is asked without one.
  Secret api_key;
  /// Asked for such a key, for keys that change while the model lives. At most one of the two may be set;
  /// either replaces the environment's key.
  KeyProvider api_key_provider;
  /// Sent as `OpenAI-Organization`; OPENAI_ORG_ID.
  std::string organization;
  /// Sent as `OpenAI-Project`; OPENAI_PROJECT_ID.
  std::string project;
};

}  // namespace corochain
