// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/key_provider.hpp"
#include "corochain/models/token_provider.hpp"

namespace corochain {

/// Where a deployment of Azure OpenAI is and who asks it: part of the options of every model on Azure. What is left
/// empty comes from the environment, as named at each field; what is set explicitly beats it.
class COROCHAIN_EXPORT AzureAccess {
 public:
  AzureAccess();

  // Where
  /// The resource's address; AZURE_OPENAI_ENDPOINT. All forms that a portal shows are taken, with or without a slash at
  /// the end: `https://{resource}.openai.azure.com`, the same on `services.ai.azure.com`, `cognitiveservices.azure.com`
  /// and the sovereign clouds, with `/openai` or `/openai/v1` behind it, and the whole target URI of a call.
  ///
  /// A target URI fills `azure_deployment` and `api_version` before the environment does; beside it, another explicit
  /// value of these is a `ConfigError`. A path `/openai/v1` means the v1 API whatever the environment's version is. The
  /// addresses of other APIs, `/models` and `/api/projects`, are a `ConfigError` that tells the right form.
  std::string azure_endpoint;
  /// The deployment's name; AZURE_OPENAI_DEPLOYMENT of a chat model, AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT of embeddings.
  std::string azure_deployment;
  /// `2024-10-21` or the like puts the deployment into the URL; empty, "v1", "preview" or "latest" uses the v1 API,
  /// which has it in the body; OPENAI_API_VERSION. Beside a `base_url` it is sent as the query parameter `api-version`
  /// if it is set here, and is not "v1"; the variable does not count there.
  std::string api_version;
  /// The address above `/chat/completions` or `/embeddings`, used as given instead of `azure_endpoint`: for gateways
  /// and local servers. The deployment is in the body then, as `model`.
  std::string base_url;

  // Who: at most one of the four, in the options or else in the environment
  Secret api_key;                ///< sent as `api-key`; AZURE_OPENAI_API_KEY
  KeyProvider api_key_provider;  ///< asked for such a key, for keys that change while the model lives
  Secret azure_ad_token;         ///< sent as `Authorization: Bearer`; AZURE_OPENAI_AD_TOKEN
  TokenProvider azure_ad_token_provider;  ///< asked for such a token where the last one is used up
  /// The scope that `azure_ad_token_provider` is asked for. Empty: `https://ai.azure.com/.default` for the v1 API and
  /// for endpoints on `services.ai.azure.com`, `https://cognitiveservices.azure.com/.default` for dated versions (as
  /// Azure's documentation has them), and their counterparts in a sovereign cloud: `.azure.us`, `.azure.cn`. The
  /// endpoint's host tells the cloud; where it is a gateway's, AZURE_AUTHORITY_HOST does.
  std::string azure_ad_token_scope;
};

}  // namespace corochain
