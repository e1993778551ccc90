// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/models/embeddings_result.hpp"

namespace corochain {

namespace detail {
/// The implementation of an `Embeddings`: immutable, shared by any number of calls at once.
class COROCHAIN_EXPORT embedder {
 public:
  virtual ~embedder();
  /// Makes one vector for each text, in their order, and reports the costs. The caller awaits it inside a run
  /// and keeps the embedder alive until it completes.
  virtual awaitable<EmbeddingsResult> embed(std::vector<std::string> texts) const = 0;
};
}  // namespace detail

/// A model that turns texts into vectors: a handle to immutable shared state.
///
/// Copies are cheap and share the state. One object serves any number of calls at once, from any thread. An
/// awaitable keeps alive what it needs.
class COROCHAIN_EXPORT Embeddings {
 public:
  explicit Embeddings(std::shared_ptr<const detail::embedder> implementation);

  /// Gives one vector for each text, in the order of the texts:
  /// `co_await embeddings.aembed_documents({"a", "b"})`, or with a `std::vector<std::string>` that has a
  /// name. All vectors have the same length.
  ///
  /// Texts go to the service in batches, several at once; see `EmbeddingsOptions`. The first failure cancels
  /// the other requests, waits until they have ended and is thrown; the provider's class lists the
  /// exceptions. Without texts there is no request. Cancelling the awaiting coroutine also cancels and awaits
  /// all requests, and throws `CancelledError`. The call begins when the result is awaited or spawned. A call
  /// that is awaited outside of a run is a run of its own, on a strand of the awaiting coroutine's executor.
  awaitable<std::vector<std::vector<float>>> aembed_documents(ListArg<std::string> texts) const;
  /// `aembed_documents` that waits on the calling thread; see `run` for the loop that is used.
  std::vector<std::vector<float>> embed_documents(ListArg<std::string> texts) const;

  /// As `aembed_documents`, with the costs of each request: ids, tokens, rate limits, region, times and
  /// attempts. A failure has these of the request that failed, in the error: `attempts()` and `request_id()`.
  /// Inside a `query`, the costs of the other requests until then count as well.
  awaitable<EmbeddingsResult> aembed_documents_with_details(ListArg<std::string> texts) const;
  /// `aembed_documents_with_details` that waits on the calling thread.
  EmbeddingsResult embed_documents_with_details(ListArg<std::string> texts) const;

  /// Gives the vector of one text, to find similar documents. Otherwise as `aembed_documents`.
  awaitable<std::vector<float>> aembed_query(std::string text) const;
  /// `aembed_query` that waits on the calling thread.
  std::vector<float> embed_query(std::string text) const;

 private:
  std::shared_ptr<const detail::embedder> implementation_;
};

}  // namespace corochain
