// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/models/azure_openai_embeddings.hpp"
#include "corochain/models/openai_embeddings.hpp"
#include "models/batching_embedder.hpp"
#include "models/environment.hpp"

namespace corochain::models {

// The settings of embedding models: where the service is comes from azure_settings and openai_settings; this
// adds the protocol and the sizes of batches.

/// Checks the options, fills them up from the environment and prepares the parts that all calls share. Throws
/// a `ConfigError` that names the option that is missing or wrong.
embeddings_settings azure_embeddings_settings(const AzureOpenAIEmbeddingsOptions& options,
                                              const environment& variables);
embeddings_settings openai_embeddings_settings(const OpenAIEmbeddingsOptions& options,
                                               const environment& variables);

}  // namespace corochain::models
