// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace corochain::models {

/// The value of an environment variable, nothing when it is unset; an empty one counts as unset.
using environment = std::function<std::optional<std::string>(const char* name)>;

environment process_environment();

/// The option's value, or else the variable's.
std::string or_variable(const std::string& option, const environment& variables, const char* name);

}  // namespace corochain::models
