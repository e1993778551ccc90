// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/models/chat_openai.hpp"
#include "corochain/models/openai_access.hpp"
#include "models/chat_settings.hpp"
#include "models/environment.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

// The settings of models behind OpenAI's API, as azure_settings has them for Azure.

/// Checks the address and the credential, and fills them up from the environment; `path` is
/// "/chat/completions" or the like. Throws a `ConfigError` that names the option that is missing or wrong.
service_access openai_access(const OpenAIAccess& access, const char* options_name, const char* path,
                             const environment& variables);

/// As `azure_settings`, for OpenAI and servers with the same API.
chat_settings openai_settings(const OpenAIOptions& options, const environment& variables);

}  // namespace corochain::models
