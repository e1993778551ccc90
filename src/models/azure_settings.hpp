// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "corochain/models/azure_chat_openai.hpp"
#include "models/openai_chat_step.hpp"

namespace corochain::models {

/// The value of an environment variable, nothing when it is unset; an empty one counts as unset.
using environment = std::function<std::optional<std::string>(const char* name)>;

environment process_environment();

/// Checks the options, fills them up from the environment and prepares what is the same for all calls. Throws the
/// `ConfigError` that says what is missing or wrong.
chat_settings azure_settings(const AzureOptions& options, const environment& variables);

}  // namespace corochain::models
