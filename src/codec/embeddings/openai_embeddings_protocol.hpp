// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "codec/embeddings/embedding_request.hpp"
#include "codec/embeddings_protocol.hpp"

// Joins the parts of this room to the seam `embeddings_protocol`. `models/embeddings_settings` makes one for
// each model.
namespace corochain::codec {

/// OpenAI's embeddings, which Azure OpenAI and many other servers speak.
class openai_embeddings_protocol final : public embeddings_protocol {
 public:
  /// Throws the `ConfigError` of `embedding_request_writer`.
  explicit openai_embeddings_protocol(const embedding_parameters& parameters)
      : writer_(parameters), dimensions_(parameters.dimensions) {}

  void write(std::string& body, std::span<const std::string> texts) const override;
  embedding_answer read(const http_response& response, std::size_t texts) const override;
  http_error read_error(const http_response& response,
                        std::optional<ErrorDetails::duration> retry_after) const override;

 private:
  embedding_request_writer writer_;
  // The length that was asked for. Vectors of another length are refused.
  std::optional<std::int64_t> dimensions_;
};

}  // namespace corochain::codec
