// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/header_fields.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {

/// An error that may still be retried: what is needed to throw it in the end.
struct http_error {
  http_error();

  ErrorKind kind = ErrorKind::http_status;
  std::string message;   ///< our own text: the status, the request id and what to do; no word of the server's
  ErrorDetails details;  ///< all but `attempts`
};

/// The error that an answer other than 200 stands for. `body` may be anything: JSON of OpenAI's or Azure's
/// shape, a proxy's HTML, empty, cut, deeply nested, not UTF-8. `retry_after` is what `codec::retry_after`
/// found.
http_error read_http_error(int status, const header_fields& headers, std::string_view body,
                           std::optional<ErrorDetails::duration> retry_after);

/// The same, thrown as the exception type that belongs to it.
[[noreturn]] void throw_http_error(int status, const header_fields& headers, std::string_view body,
                                   std::optional<ErrorDetails::duration> retry_after);

}  // namespace corochain::codec
