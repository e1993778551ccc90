// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/models/azure_access.hpp"
#include "corochain/models/azure_chat_openai.hpp"
#include "models/chat_settings.hpp"
#include "models/environment.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

// The settings of models on Azure: they find out where a deployment is and which credential opens it, from
// options, the endpoint's URL and the environment. Chat models and embeddings share `azure_access`;
// openai_settings does the same for OpenAI. The rest is that of every service: `make_service`.

/// The differences between the models on Azure.
struct azure_operation {
  /// The name of the options class for messages: "AzureOptions".
  const char* options_name;
  /// The environment variable of the deployment.
  const char* deployment_variable;
  /// The path of the operation: "/chat/completions".
  const char* path;
};

/// Checks the address and the credential, and fills them up from the environment. A value that is set in the
/// options beats the endpoint's URL, and that beats the environment. Throws a `ConfigError` that
/// names the option that is missing or wrong.
service_access azure_access(const AzureAccess& access, const azure_operation& operation,
                            const environment& variables);

/// Checks the options, fills them up from the environment and prepares the parts that all calls share. Throws
/// a `ConfigError` that names the option that is missing or wrong.
chat_settings azure_settings(const AzureOptions& options, const environment& variables);

}  // namespace corochain::models
