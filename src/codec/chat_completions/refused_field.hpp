// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "codec/chat_completions/error_report.hpp"

namespace corochain::codec {

/// Where a server refuses a field that the library sends unasked, or under a name of its own choice: says so and names
/// the option that leaves it out. Empty where the report refuses no such field, or its value only.
std::string refused_field_advice(const error_report& report);

}  // namespace corochain::codec
