// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/models/azure_access.hpp"
#include "corochain/models/azure_chat_openai.hpp"
#include "models/chat_settings.hpp"
#include "models/environment.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

/// What the models on Azure differ in.
struct azure_operation {
  const char* options_name;         ///< "AzureOptions", for messages
  const char* deployment_variable;  ///< of the environment
  const char* path;                 ///< "/chat/completions"
};

/// Checks what is said of where and who, and fills it up from the environment. Throws the `ConfigError` that says what
/// is missing or wrong.
service_place azure_place(const AzureAccess& access, const azure_operation& operation,
                          const environment& variables);

/// Checks the options, fills them up from the environment and prepares what is the same for all calls. Throws the
/// `ConfigError` that says what is missing or wrong.
chat_settings azure_settings(const AzureOptions& options, const environment& variables);

}  // namespace corochain::models
