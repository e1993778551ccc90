// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/export.hpp"
#include "corochain/models/azure_access.hpp"
#include "corochain/models/embeddings.hpp"
#include "corochain/models/embeddings_options.hpp"

namespace corochain {

/// How to reach an embedding model's deployment on Azure OpenAI, what to ask it for and what bounds its calls.
/// `chunk_size` is 2048, the most that Azure takes.
class COROCHAIN_EXPORT AzureOpenAIEmbeddingsOptions : public EmbeddingsOptions, public AzureAccess {
 public:
  AzureOpenAIEmbeddingsOptions();
  AzureOpenAIEmbeddingsOptions(const AzureOpenAIEmbeddingsOptions& other);
  AzureOpenAIEmbeddingsOptions(AzureOpenAIEmbeddingsOptions&& other) noexcept;
  AzureOpenAIEmbeddingsOptions& operator=(const AzureOpenAIEmbeddingsOptions& other);
  AzureOpenAIEmbeddingsOptions& operator=(AzureOpenAIEmbeddingsOptions&& other) noexcept;
  ~AzureOpenAIEmbeddingsOptions();
};

/// Embeddings by Azure OpenAI over HTTPS, or HTTP where the endpoint says so. Connections, retries and pauses are those
/// of `AzureChatOpenAI`, with which it shares connections to the same endpoint.
///
/// A call throws `PromptError` (before anything is sent), `ConnectError`, `TlsError`, `TimeoutError` with its phase,
/// `HttpStatusError` and the types below it, `ResponseFormatError`, `ProtocolError`, `TruncatedError`, `TooLargeError`,
/// or `CancelledError`; but for the first with the attempts of the request that failed. What was sent may be billed.
class COROCHAIN_EXPORT AzureOpenAIEmbeddings : public Embeddings {
 public:
  /// A `ConfigError` says which option or environment variable is missing or wrong, and never what it holds.
  explicit AzureOpenAIEmbeddings(
      const AzureOpenAIEmbeddingsOptions& options = AzureOpenAIEmbeddingsOptions());
};

}  // namespace corochain
