// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "codec/http/header_fields.hpp"

// An answer as values. `transport/response_reader` fills it while the bytes come; protocols and `models` read
// it.
namespace corochain::codec {

/// A server's final answer to one request, as far as it has come.
struct http_response {
  http_response() = default;

  /// 0 until the whole head has come; never 1xx.
  int status = 0;
  /// Incomplete while `status` is 0.
  header_fields headers;
  /// The decoded bytes that have come and were not moved out.
  std::string body;
  /// The body has come to its end.
  bool complete = false;

  /// Whether the status is 2xx.
  bool succeeded() const noexcept { return status >= 200 && status < 300; }
};

}  // namespace corochain::codec
