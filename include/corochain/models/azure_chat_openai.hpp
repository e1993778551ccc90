// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/models/chat_model_options.hpp"
#include "corochain/models/token_provider.hpp"

namespace corochain {

/// How to reach a deployment of Azure OpenAI and what to ask it for. What is left empty comes from the environment, as
/// named at each field; what is set explicitly beats it.
class COROCHAIN_EXPORT AzureOptions : public ChatModelOptions {
 public:
  AzureOptions();

  // Where
  std::string azure_endpoint;    ///< `https://{resource}.openai.azure.com`; AZURE_OPENAI_ENDPOINT
  std::string azure_deployment;  ///< the deployment's name; AZURE_OPENAI_DEPLOYMENT
  /// `2024-10-21` or the like puts the deployment into the URL; empty or "v1" uses the v1 API, which has it in the
  /// body; OPENAI_API_VERSION
  std::string api_version;
  /// The address above `/chat/completions`, used as given instead of `azure_endpoint`: for gateways and local servers.
  std::string base_url;

  // Who: at most one of the three, in the options or else in the environment
  Secret api_key;                         ///< sent as `api-key`; AZURE_OPENAI_API_KEY
  Secret azure_ad_token;                  ///< sent as `Authorization: Bearer`; AZURE_OPENAI_AD_TOKEN
  TokenProvider azure_ad_token_provider;  ///< asked for such a token where the last one is used up
};

/// A chat model on Azure OpenAI over HTTPS, or HTTP where the endpoint says so: a `Runnable<Messages, AIMessage>`.
///
/// Connections belong to the execution context a call runs on, are kept alive, and are shared by all models with the
/// same origin and TLS options. The model holds no socket: it may be shared by threads and loops and outlive them.
///
/// A call throws `PromptError` (before anything is sent), `ConnectError`, `TlsError`, `TimeoutError` with its phase,
/// `HttpStatusError` and the types below it, `ContentFilterError`, `ResponseFormatError`, `ProtocolError`,
/// `TruncatedError`, `TooLargeError`, or `CancelledError`; each with its attempts. Cancelled while queued, backing off,
/// resolving, connecting, sending or reading, it closes its connection and ends; what was sent may be billed.
class COROCHAIN_EXPORT AzureChatOpenAI : public ChatModel {
 public:
  /// A `ConfigError` says which option or environment variable is missing or wrong, and never what it holds.
  explicit AzureChatOpenAI(const AzureOptions& options = AzureOptions());
};

}  // namespace corochain
