// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/token_provider.hpp"

namespace corochain {

/// Where a deployment of Azure OpenAI is and who asks it: part of the options of every model on Azure. What is left
/// empty comes from the environment, as named at each field; what is set explicitly beats it.
class COROCHAIN_EXPORT AzureAccess {
 public:
  AzureAccess();

  // Where
  std::string azure_endpoint;  ///< `https://{resource}.openai.azure.com`; AZURE_OPENAI_ENDPOINT
  /// The deployment's name; AZURE_OPENAI_DEPLOYMENT of a chat model, AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT of embeddings.
  std::string azure_deployment;
  /// `2024-10-21` or the like puts the deployment into the URL; empty or "v1" uses the v1 API, which has it in the
  /// body; OPENAI_API_VERSION. Beside a `base_url` it is sent as the query parameter `api-version` if it is set here, and
  /// is not "v1"; the variable does not count there.
  std::string api_version;
  /// The address above `/chat/completions` or `/embeddings`, used as given instead of `azure_endpoint`: for gateways and
  /// local servers. The deployment is in the body then, as `model`.
  std::string base_url;

  // Who: at most one of the three, in the options or else in the environment
  Secret api_key;                         ///< sent as `api-key`; AZURE_OPENAI_API_KEY
  Secret azure_ad_token;                  ///< sent as `Authorization: Bearer`; AZURE_OPENAI_AD_TOKEN
  TokenProvider azure_ad_token_provider;  ///< asked for such a token where the last one is used up
};

}  // namespace corochain
