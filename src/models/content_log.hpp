// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string_view>

#include "models/service_call.hpp"

namespace corochain::models {

/// Tells the log of a body that `call` sent or was sent, if it wants such. `token` is the one that was used, where a
/// provider gives them: neither it nor the settings' credential is passed on.
void log_content(const char* event, const service_call& call, const Secret& token,
                 std::string_view body) noexcept;

/// `text` with `***` wherever `secret` stands in it, as it is or as JSON writes it.
std::string masked(std::string_view text, const Secret& secret);

}  // namespace corochain::models
