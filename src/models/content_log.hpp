// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string_view>

#include "models/service_call.hpp"

namespace corochain::models {

/// Tells the log of a body that `call` sent or was sent, if it wants such. `token` is the one that was used, where a
/// provider gives them: no secret of the request is passed on.
void log_content(const char* event, const service_call& call, const Secret& token,
                 std::string_view body) noexcept;

}  // namespace corochain::models
