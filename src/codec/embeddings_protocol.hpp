// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "codec/embeddings/embedding_response.hpp"
#include "codec/service_protocol.hpp"

// The seam between an embedding model and the language of its service. `batching_embedder` of models calls it
// for each batch of texts; `embeddings/openai_embeddings_protocol` implements it.
namespace corochain::codec {

/// The protocol of an embedding model's service: how its requests and answers are written. Made for one
/// model.
class embeddings_protocol : public service_protocol {
 public:
  /// Appends the body of a request to `body`. The texts have to be valid UTF-8: see `check_texts`.
  virtual void write(std::string& body, std::span<const std::string> texts) const = 0;
  /// Reads a whole 2xx response to a request for the embeddings of `texts` texts. Throws a
  /// `ResponseFormatError` if it is something else. `texts` is the number of texts that were sent, which is
  /// also the number of vectors in the result.
  virtual embedding_answer read(const http_response& response, std::size_t texts) const = 0;
};

}  // namespace corochain::codec
