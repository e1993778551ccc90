// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "corochain/core/secret.hpp"

namespace corochain::models {

/// The value of an environment variable, nothing when it is unset; an empty one counts as unset, because that
/// is how a shell script switches a variable off.
///
/// It is an argument of everything that reads variables, so that tests need not change those of the process.
using environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of the process. Not safe while another thread changes it.
environment process_environment();

/// The option's value, or else the variable's.
std::string or_variable(const std::string& option, const environment& variables, const char* name);
/// The variable's value as a secret, or an empty one.
Secret secret_variable(const environment& variables, const char* name);

/// Whether calls go to the provider's own endpoint or to the one that the environment names, so that the
/// values of the environment belong to it. `address` is the option, and `name` its variable. The
/// environment's key, and the ids of its owner, go nowhere else: a stranger's server would see them.
bool is_own_endpoint(const std::string& address, const environment& variables, const char* name);

}  // namespace corochain::models
