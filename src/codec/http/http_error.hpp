// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/error.hpp"

namespace corochain::codec {

/// The error that an answer stands for. The call may still be retried; the error is thrown if it is not.
struct http_error {
  http_error() = default;

  ErrorKind kind = ErrorKind::http_status;
  /// The library's own text: the status, the request id and what to do. It quotes nothing of the server's.
  std::string message;
  /// Everything but `attempts`.
  ErrorDetails details;
};

}  // namespace corochain::codec
