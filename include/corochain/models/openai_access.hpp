// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/key_provider.hpp"

namespace corochain {

/// Where OpenAI, or a server that speaks its language (vLLM, Ollama, llama.cpp, a gateway), is and who asks it: part of
/// the options of every such model. What is left empty comes from the environment, as named at each field; what is set
/// explicitly beats it.
class COROCHAIN_EXPORT OpenAIAccess {
 public:
  OpenAIAccess();

  /// The address above `/chat/completions` or `/embeddings`; OPENAI_BASE_URL, else `https://api.openai.com/v1`.
  std::string base_url;
  /// Sent as `Authorization: Bearer`; OPENAI_API_KEY, but not to a `base_url` that is set here: the key of the
  /// environment goes to OpenAI, or to the server that OPENAI_BASE_URL names, and nowhere else. Without a key such a
  /// server is asked without one.
  Secret api_key;
  /// Asked for such a key, for keys that change while the model lives. At most one of the two may be set; either takes
  /// the place of the environment's key.
  KeyProvider api_key_provider;
  std::string organization;  ///< sent as `OpenAI-Organization`; OPENAI_ORG_ID
  std::string project;       ///< sent as `OpenAI-Project`; OPENAI_PROJECT_ID
};

}  // namespace corochain
