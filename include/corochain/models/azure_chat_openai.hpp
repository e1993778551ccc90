// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/export.hpp"
#include "corochain/models/azure_access.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/models/chat_model_options.hpp"

namespace corochain {

/// The options of a chat model on Azure OpenAI: its deployment, the parameters of its requests, and the
/// limits of its calls.
class COROCHAIN_EXPORT AzureOptions : public ChatModelOptions, public AzureAccess {
 public:
  AzureOptions();
  AzureOptions(const AzureOptions& other);
  AzureOptions(AzureOptions&& other) noexcept;
  AzureOptions& operator=(const AzureOptions& other);
  AzureOptions& operator=(AzureOptions&& other) noexcept;
  ~AzureOptions();
};

/// A chat model on Azure OpenAI over HTTPS, or HTTP if the endpoint says so: a
/// `Runnable<Messages, AIMessage>`.
///
/// Connections belong to the execution context a call runs on, are kept alive, and are shared by all models
/// with the same origin and TLS options. The model holds no socket: threads and loops may share it, and it
/// may outlive them.
///
/// A call throws `PromptError` (before anything is sent), `ConnectError`, `TlsError`, `TimeoutError` with its
/// phase, `HttpStatusError` and the types below it, `ContentFilterError`, `ResponseFormatError`,
/// `ProtocolError`, `TruncatedError`, `TooLargeError`, or `CancelledError`; each with its attempts. A call
/// that is cancelled while queued, backing off, resolving, connecting, sending or reading closes its
/// connection and ends. The service may bill a request that was sent.
class COROCHAIN_EXPORT AzureChatOpenAI : public ChatModel {
 public:
  /// Throws a `ConfigError` that names the option or environment variable that is missing or wrong, and never
  /// quotes its value.
  explicit AzureChatOpenAI(const AzureOptions& options = AzureOptions());
};

}  // namespace corochain
