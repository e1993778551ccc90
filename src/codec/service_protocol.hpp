// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>

#include "codec/http/http_error.hpp"
#include "codec/http/http_response.hpp"
#include "corochain/core/error.hpp"

// The base of `chat_protocol` and `embeddings_protocol`. A model's call (`models/model_call`) knows its
// protocol by this class alone: it reads errors in the same way for all services.
namespace corochain::codec {

/// The common base of the protocols of all model services. Immutable: const use from several threads is safe.
class service_protocol {
 public:
  service_protocol() = default;
  service_protocol(const service_protocol&) = delete;
  service_protocol& operator=(const service_protocol&) = delete;
  virtual ~service_protocol() = default;

  /// Returns the error that an answer with a status other than 2xx stands for. Its body may be anything, also
  /// cut off. `retry_after` is the result of `codec::retry_after`. Throws nothing, memory shortage excepted.
  virtual http_error read_error(const http_response& response,
                                std::optional<ErrorDetails::duration> retry_after) const = 0;
};

}  // namespace corochain::codec
