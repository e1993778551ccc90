// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/export.hpp"
#include "corochain/models/azure_access.hpp"
#include "corochain/models/chat_model.hpp"
#include "corochain/models/chat_model_options.hpp"

namespace corochain {

/// How to reach a chat model's deployment on Azure OpenAI, what to ask it for and what bounds its calls.
class COROCHAIN_EXPORT AzureOptions : public ChatModelOptions, public AzureAccess {
 public:
  AzureOptions();
  AzureOptions(const AzureOptions& other);
  AzureOptions(AzureOptions&& other) noexcept;
  AzureOptions& operator=(const AzureOptions& other);
  AzureOptions& operator=(AzureOptions&& other) noexcept;
  ~AzureOptions();
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
