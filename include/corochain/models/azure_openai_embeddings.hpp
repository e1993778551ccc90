// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/export.hpp"
#include "corochain/models/azure_access.hpp"
#include "corochain/models/embeddings.hpp"
#include "corochain/models/embeddings_options.hpp"

namespace corochain {

/// The options of an embedding model on Azure OpenAI: its deployment, the parameters of its requests, and the
/// limits of its calls. `chunk_size` is 2048, the most that Azure takes.
class COROCHAIN_EXPORT AzureOpenAIEmbeddingsOptions : public EmbeddingsOptions, public AzureAccess {
 public:
  AzureOpenAIEmbeddingsOptions();
};

/// Embeddings by Azure OpenAI over HTTPS, or HTTP if the endpoint says so. Connections, retries and pauses
/// are those of `AzureChatOpenAI`, with which it shares connections to the same endpoint.
///
/// A call throws `PromptError` (before anything is sent), `ConnectError`, `TlsError`, `TimeoutError` with its
/// phase, `HttpStatusError` and the types below it, `ResponseFormatError`, `ProtocolError`, `TruncatedError`,
/// `TooLargeError`, or `CancelledError`. Except for the first, each has the attempts of the request that
/// failed. The service may bill a request that was sent.
class COROCHAIN_EXPORT AzureOpenAIEmbeddings : public Embeddings {
 public:
  /// Throws a `ConfigError` that names the option or environment variable that is missing or wrong, and never
  /// quotes its value.
  explicit AzureOpenAIEmbeddings(
      const AzureOpenAIEmbeddingsOptions& options = AzureOpenAIEmbeddingsOptions());
};

}  // namespace corochain
