// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/error.hpp"

// The result of a protocol's `read_error`. A model's call asks `decide_retry` about it, and throws it as the
// exception of its kind when nothing is left to try.
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
