// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "corochain/core/export.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/core/tls_options.hpp"
#include "corochain/models/chat_model.hpp"

namespace corochain {

/// How to reach a deployment of Azure OpenAI and what to ask it for. What is left empty comes from the environment, as
/// named at each field; what is set explicitly beats it.
class COROCHAIN_EXPORT AzureOptions {
 public:
  using duration = std::chrono::steady_clock::duration;
  AzureOptions();

  // Where
  std::string azure_endpoint;    ///< `https://{resource}.openai.azure.com`; AZURE_OPENAI_ENDPOINT
  std::string azure_deployment;  ///< the deployment's name; AZURE_OPENAI_DEPLOYMENT
  /// `2024-10-21` or the like puts the deployment into the URL; empty or "v1" uses the v1 API, which has it in the
  /// body; OPENAI_API_VERSION
  std::string api_version;
  /// The address above `/chat/completions`, used as given instead of `azure_endpoint`: for gateways and local servers.
  std::string base_url;

  // Who: at most one of the two, in the options or else in the environment
  Secret api_key;         ///< sent as `api-key`; AZURE_OPENAI_API_KEY
  Secret azure_ad_token;  ///< sent as `Authorization: Bearer`; AZURE_OPENAI_AD_TOKEN

  // What: unset is not sent, and the service's default holds
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::optional<std::int64_t> max_tokens;  ///< sent as `max_completion_tokens`, which all models understand
  std::optional<std::int64_t> seed;
  std::vector<std::string> stop;
  std::string user;  ///< an id of the end user, for the provider's abuse detection
  /// Whether `invoke` reads the answer as a stream. False suits fan-out: whole answers cost the client one read and
  /// one parse instead of one for each token, and thousands of calls share one thread. Streams are not supported yet:
  /// true is a `ConfigError`.
  bool streaming = false;

  // How long
  duration timeout =
      std::chrono::seconds(600);  ///< one deadline for the whole call, retries and waits included
  duration connect_timeout = std::chrono::seconds(10);  ///< name look-up, TCP and TLS handshake
  std::optional<duration> first_byte_timeout;           ///< unset: a model may think until `timeout`
  duration read_timeout = std::chrono::seconds(60);     ///< between two pieces of an answer

  // How often
  int max_retries =
      2;  ///< after connect failures, a connection that ended before an answer, 408, 409, 429 and 5xx
  duration max_retry_after =
      std::chrono::seconds(120);  ///< a longer advice is not waited for: the error carries it
  bool retry_on_timeout = false;  ///< also after the request was sent: it may then be billed twice

  TlsOptions tls;
  std::vector<std::pair<std::string, std::string>> default_headers;  ///< sent with every request
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
