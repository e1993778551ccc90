// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codec/embeddings_protocol.hpp"
#include "corochain/models/embeddings.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

/// The settings of an embedding model; providers differ in address, credential and protocol.
struct embeddings_settings {
  std::shared_ptr<const service_settings> service;
  std::shared_ptr<const codec::embeddings_protocol> protocol;
  /// The number of texts in a request, at most.
  std::size_t max_texts;
  /// The number of tokens in a request, at most.
  std::size_t max_tokens;
  /// The number of requests of one call at once; 0 means no limit beside the run's budget.
  std::size_t max_concurrency;
  /// Whether an empty text has an empty vector instead of being an error.
  bool skip_empty;
};

/// Cuts the texts into batches and sends the batches at once: the implementation of `Embeddings` for all
/// providers. Immutable, and shared by any number of calls. Each batch is a `model_call` of its own, with its
/// own retries, and a child of one `gather`: the first failure cancels the others.
class batching_embedder final : public detail::embedder {
 public:
  explicit batching_embedder(embeddings_settings settings)
      : settings_(std::make_shared<const embeddings_settings>(std::move(settings))) {}
  awaitable<EmbeddingsResult> embed(std::vector<std::string> texts) const override;

 private:
  std::shared_ptr<const embeddings_settings> settings_;
};

}  // namespace corochain::models
