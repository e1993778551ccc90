// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/models/embeddings.hpp"
#include "corochain/models/embeddings_options.hpp"
#include "corochain/models/openai_access.hpp"

namespace corochain {

/// The options of an embedding model behind OpenAI's API: its address, the parameters of its requests, and
/// the limits of its calls.
class COROCHAIN_EXPORT OpenAIEmbeddingsOptions : public EmbeddingsOptions, public OpenAIAccess {
 public:
  OpenAIEmbeddingsOptions();

  /// The model's name, such as `text-embedding-3-small`; required.
  std::string model;
};

/// Embeddings behind OpenAI's API. Connections, errors and cancellation are those of `AzureOpenAIEmbeddings`.
class COROCHAIN_EXPORT OpenAIEmbeddings : public Embeddings {
 public:
  /// Throws a `ConfigError` that names the option or environment variable that is missing or wrong, and never
  /// quotes its value.
  explicit OpenAIEmbeddings(const OpenAIEmbeddingsOptions& options = OpenAIEmbeddingsOptions());
};

}  // namespace corochain
