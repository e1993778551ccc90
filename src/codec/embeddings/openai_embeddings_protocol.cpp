// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/embeddings/openai_embeddings_protocol.hpp"

#include "codec/chat_completions/error_body.hpp"

namespace corochain::codec {

void openai_embeddings_protocol::write(std::string& body, std::span<const std::string> texts) const {
  writer_.write(body, texts);
}

embedding_answer openai_embeddings_protocol::read(std::string_view body, const header_fields& headers,
                                                  std::size_t texts) const {
  return read_embedding_response(body, headers, texts, dimensions_);
}

http_error openai_embeddings_protocol::read_error(int status, const header_fields& headers,
                                                  std::string_view body,
                                                  std::optional<ErrorDetails::duration> retry_after) const {
  return read_http_error(status, headers, body, retry_after);
}

}  // namespace corochain::codec
