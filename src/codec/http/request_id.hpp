// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "codec/http/header_fields.hpp"

namespace corochain::codec {

/// How the server named this call: `x-request-id`, else `apim-request-id`, else empty. Only what looks like
/// an id (letters, digits and -_.:/+=|, at most 128 of them) is taken, because it is quoted in error texts.
std::string request_id(const header_fields& headers);

}  // namespace corochain::codec
