// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/openai_embeddings.hpp"

#include "models/embeddings_settings.hpp"

namespace corochain {

OpenAIEmbeddingsOptions::OpenAIEmbeddingsOptions() = default;

OpenAIEmbeddings::OpenAIEmbeddings(const OpenAIEmbeddingsOptions& options)
    : Embeddings(std::make_shared<models::batching_embedder>(
          models::openai_embeddings_settings(options, models::process_environment()))) {}

}  // namespace corochain
