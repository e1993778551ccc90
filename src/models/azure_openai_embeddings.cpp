// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/azure_openai_embeddings.hpp"

#include "models/embeddings_settings.hpp"

namespace corochain {

// The most that Azure takes. Other servers with the same API may take fewer, so the base class has less.
AzureOpenAIEmbeddingsOptions::AzureOpenAIEmbeddingsOptions() { chunk_size = 2048; }

AzureOpenAIEmbeddings::AzureOpenAIEmbeddings(const AzureOpenAIEmbeddingsOptions& options)
    : Embeddings(std::make_shared<models::batching_embedder>(
          models::azure_embeddings_settings(options, models::process_environment()))) {}

}  // namespace corochain
