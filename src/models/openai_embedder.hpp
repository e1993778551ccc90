// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/embedding_request.hpp"
#include "corochain/models/embeddings.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

/// What embeddings of the OpenAI family need; providers differ in address and credential only.
struct embeddings_settings {
  std::shared_ptr<const service_settings> service;
  codec::embedding_request_writer writer;
  std::optional<std::int64_t> dimensions;
  std::size_t max_texts;   ///< in a request
  std::size_t max_tokens;  ///< in a request, at most
  std::size_t max_concurrency;
  bool skip_empty;
};

/// Cuts the texts into batches and sends these at once.
class openai_embedder final : public detail::embedder {
 public:
  explicit openai_embedder(embeddings_settings settings)
      : settings_(std::make_shared<const embeddings_settings>(std::move(settings))) {}
  awaitable<EmbeddingsResult> embed(std::vector<std::string> texts) const override;

 private:
  std::shared_ptr<const embeddings_settings> settings_;
};

}  // namespace corochain::models
