// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/models/embeddings.hpp"
#include "corochain/models/embeddings_options.hpp"
#include "corochain/models/openai_access.hpp"

namespace corochain {

/// How to reach an embedding model behind OpenAI's API, what to ask it for and what bounds its calls.
class COROCHAIN_EXPORT OpenAIEmbeddingsOptions : public EmbeddingsOptions, public OpenAIAccess {
 public:
  OpenAIEmbeddingsOptions();
  OpenAIEmbeddingsOptions(const OpenAIEmbeddingsOptions& other);
  OpenAIEmbeddingsOptions(OpenAIEmbeddingsOptions&& other) noexcept;
  OpenAIEmbeddingsOptions& operator=(const OpenAIEmbeddingsOptions& other);
  OpenAIEmbeddingsOptions& operator=(OpenAIEmbeddingsOptions&& other) noexcept;
  ~OpenAIEmbeddingsOptions();

  std::string model;  ///< such as `text-embedding-3-small`; required
};

/// Embeddings behind OpenAI's API. All that is said of `AzureOpenAIEmbeddings` holds.
class COROCHAIN_EXPORT OpenAIEmbeddings : public Embeddings {
 public:
  /// A `ConfigError` says which option or environment variable is missing or wrong, and never what it holds.
  explicit OpenAIEmbeddings(const OpenAIEmbeddingsOptions& options = OpenAIEmbeddingsOptions());
};

}  // namespace corochain
