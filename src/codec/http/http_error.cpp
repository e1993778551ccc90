// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/http_error.hpp"

namespace corochain::codec {

http_error::http_error() = default;

}  // namespace corochain::codec
