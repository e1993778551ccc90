// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "codec/http/header_fields.hpp"

namespace corochain::codec {

/// A server's final answer to one request, as far as it has come.
struct http_response {
  http_response() = default;

  int status = 0;         ///< 0 until the whole head has come; never 1xx
  header_fields headers;  ///< incomplete while `status` is 0
  std::string body;       ///< the decoded bytes that have come and were not moved out
  bool complete = false;  ///< the body has come to its end

  /// Whether the status is 2xx.
  bool succeeded() const noexcept { return status >= 200 && status < 300; }
};

}  // namespace corochain::codec
