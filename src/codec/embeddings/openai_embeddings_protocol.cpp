// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/embeddings/openai_embeddings_protocol.hpp"

#include "codec/chat_completions/error_body.hpp"

// Errors of embeddings have the same forms as those of chats, so they are read by
// `chat_completions/error_body`.
namespace corochain::codec {

void openai_embeddings_protocol::write(std::string& body, std::span<const std::string> texts) const {
  writer_.write(body, texts);
}

embedding_answer openai_embeddings_protocol::read(const http_response& response, std::size_t texts) const {
  return read_embedding_response(response.body, response.headers, texts, dimensions_);
}

http_error openai_embeddings_protocol::read_error(const http_response& response,
                                                  std::optional<ErrorDetails::duration> retry_after) const {
  return read_http_error(response.status, response.headers, response.body, retry_after);
}

}  // namespace corochain::codec
