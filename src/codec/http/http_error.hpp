// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/error.hpp"

namespace corochain::codec {

/// The error that an answer stands for. It may still be retried: this is needed to throw it in the end.
struct http_error {
  http_error();

  ErrorKind kind = ErrorKind::http_status;
  /// Our own text: the status, the request id and what to do. It has no word of the server's.
  std::string message;
  /// All but `attempts`.
  ErrorDetails details;
};

}  // namespace corochain::codec
