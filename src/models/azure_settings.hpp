// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/models/azure_chat_openai.hpp"
#include "models/environment.hpp"
#include "models/openai_chat_step.hpp"

namespace corochain::models {

/// Checks the options, fills them up from the environment and prepares what is the same for all calls. Throws the
/// `ConfigError` that says what is missing or wrong.
chat_settings azure_settings(const AzureOptions& options, const environment& variables);

}  // namespace corochain::models
