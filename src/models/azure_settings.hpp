// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/models/azure_access.hpp"
#include "corochain/models/azure_chat_openai.hpp"
#include "models/environment.hpp"
#include "models/openai_chat_step.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

/// What the models on Azure differ in.
struct azure_operation {
  const char* options_name;         ///< "AzureOptions", for messages
  const char* deployment_variable;  ///< of the environment
  const char* path;                 ///< "/chat/completions"
};

/// Where the calls of a model go.
struct model_place {
  service_place place;
  std::string model;  ///< to be named in the body; empty where the URL names it
};

/// Checks what is said of where and who, and fills it up from the environment. Throws the `ConfigError` that says what
/// is missing or wrong.
model_place azure_place(const AzureAccess& access, const azure_operation& operation,
                        const environment& variables);

/// Checks the options, fills them up from the environment and prepares what is the same for all calls. Throws the
/// `ConfigError` that says what is missing or wrong.
chat_settings azure_settings(const AzureOptions& options, const environment& variables);

}  // namespace corochain::models
