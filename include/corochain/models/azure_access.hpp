// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/key_provider.hpp"
#include "corochain/models/token_provider.hpp"

namespace corochain {

/// The address of a deployment of Azure OpenAI and the credential for it: part of the options of every model
/// on Azure. An empty field is filled from the environment variable that is named at the field; a field that
/// is set wins.
class COROCHAIN_EXPORT AzureAccess {
 public:
  AzureAccess();

  // Address
  /// The resource's address; AZURE_OPENAI_ENDPOINT. All forms that a portal shows are accepted, with or
  /// without a slash at the end: `https://{resource}.openai.azure.com`, the same on `services.ai.azure.com`,
  /// `cognitiveservices.azure.com` and the sovereign clouds, with `/openai` or `/openai/v1` behind it, and
  /// the whole target URI of a call.
  ///
  /// A target URI fills `azure_deployment` and `api_version` before the environment does; another explicit
  /// value of these beside it is a `ConfigError`. A path `/openai/v1` means the v1 API, whatever version the
  /// environment has. The addresses of other APIs, `/models` and `/api/projects`, are a `ConfigError` that
  /// shows the right form.
  std::string azure_endpoint;
  /// The deployment's name; AZURE_OPENAI_DEPLOYMENT for a chat model, AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT for
  /// embeddings.
  std::string azure_deployment;
  /// The version of the API; OPENAI_API_VERSION. `2024-10-21` or the like puts the deployment into the URL.
  /// Empty, "v1", "preview" or "latest" uses the v1 API, which has the deployment in the body. Beside a
  /// `base_url` the version is sent as the query parameter `api-version` if it is set here and is not "v1";
  /// the variable does not count there.
  std::string api_version;
  /// The address above `/chat/completions` or `/embeddings`, used as given instead of `azure_endpoint`: for
  /// gateways and local servers. The deployment is then in the body, as `model`.
  std::string base_url;

  // Credential: at most one of the four, in the options or else in the environment
  /// Sent as `api-key`; AZURE_OPENAI_API_KEY.
  Secret api_key;
  /// Asked for such a key, for keys that change while the model lives.
  KeyProvider api_key_provider;
  /// Sent as `Authorization: Bearer`; AZURE_OPENAI_AD_TOKEN.
  Secret azure_ad_token;
  /// Asked for such a token when the last one is used up.
  TokenProvider azure_ad_token_provider;
  /// The scope that `azure_ad_token_provider` is asked for. Empty means `https://ai.azure.com/.default` for
  /// the v1 API and for endpoints on `services.ai.azure.com`, and
  /// `https://cognitiveservices.azure.com/.default` for dated versions (as Azure's documentation has them).
  /// In a sovereign cloud it means their counterparts: `.azure.us`, `.azure.cn`. The endpoint's host
  /// determines the cloud; if the host is a gateway's, AZURE_AUTHORITY_HOST does.
  std::string azure_ad_token_scope;
};

}  // namespace corochain
