// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "codec/http/header_fields.hpp"

// The id that a user gives to the provider's support. Errors, answers and the log have it.
namespace corochain::codec {

/// Returns the server's name for this call: `x-request-id`, else `apim-request-id`, else empty. Only a text
/// that looks like an id (letters, digits and -_.:/+=|, at most 128 of them) is taken, because it is quoted
/// in error texts.
std::string request_id(const header_fields& headers);

}  // namespace corochain::codec
