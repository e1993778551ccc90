// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "codec/chat_completions/error_report.hpp"

// Advice for servers that imitate OpenAI and know fewer fields. `error_body` asks it first for a status of
// 400 or 422.
namespace corochain::codec {

/// Returns advice if a server refuses a field that the library sends unasked, or under a name that the
/// library chose. It names the option that omits the field. Empty if the report refuses no such field, or
/// only its value.
std::string refused_field_advice(const error_report& report);

}  // namespace corochain::codec
