// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <optional>
#include <string_view>

#include "codec/http/header_fields.hpp"
#include "codec/http/http_error.hpp"
#include "corochain/core/error.hpp"

// From an error answer to a typed error. `error_report` reads the server's words; this chooses kind,
// retryability, and our own text, which quotes nothing that the server wrote except names of fields.
namespace corochain::codec {

/// Returns the error that an answer other than 200 stands for. `body` may be anything: JSON of OpenAI's or
/// Azure's shape, a proxy's HTML, empty, cut off, deeply nested, not UTF-8. `retry_after` is the result of
/// `codec::retry_after`.
http_error read_http_error(int status, const header_fields& headers, std::string_view body,
                           std::optional<ErrorDetails::duration> retry_after);

/// Returns the error that an answer with status 200 reports as `text`: in its body, in an event of its
/// stream, or in one of its choices. The error has the kind and the retryability of the status that its code
/// stands for.
http_error read_reported_error(const header_fields& headers, std::string_view text,
                               std::optional<ErrorDetails::duration> retry_after);

}  // namespace corochain::codec
