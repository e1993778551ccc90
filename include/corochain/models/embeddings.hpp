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
/// What an `Embeddings` points to: immutable, shared by any number of calls at once.
class COROCHAIN_EXPORT embedder {
 public:
  virtual ~embedder();
  /// One vector for each text, in their order, and what they cost. Who awaits it is inside a run and keeps the embedder
  /// alive until then.
  virtual awaitable<EmbeddingsResult> embed(std::vector<std::string> texts) const = 0;
};
}  // namespace detail

/// A model that turns texts into vectors: a handle to immutable shared state.
///
/// Copies are cheap and share the state. One object serves any number of calls at once, from any thread. Awaitables
/// keep alive what they need.
class COROCHAIN_EXPORT Embeddings {
 public:
  explicit Embeddings(std::shared_ptr<const detail::embedder> implementation);

  /// Gives one vector for each text, in the order of the texts: `co_await embeddings.aembed_documents({"a", "b"})`, or
  /// with a `std::vector<std::string>` that has a name. All vectors have the same length.
  ///
  /// Texts go to the service in batches, several at once; see `EmbeddingsOptions`. The first failure cancels the other
  /// requests, waits until they have ended and is thrown: what it throws is listed at the provider's class. No texts
  /// are no request. Cancelling the awaiting coroutine does the same and ends with `CancelledError`. The call begins
  /// when the result is awaited or spawned; awaited from outside of a run it is a run of its own, on a strand of the
  /// awaiting coroutine's executor.
  awaitable<std::vector<std::vector<float>>> aembed_documents(ListArg<std::string> texts) const;
  /// `aembed_documents` that waits on the calling thread; see `run` for the loop that is used.
  std::vector<std::vector<float>> embed_documents(ListArg<std::string> texts) const;

  /// `aembed_documents` that also tells what it cost, request by request: ids, tokens, rate limits, region, times and
  /// attempts. A failure has these of the request that failed, in the error: `attempts()` and `request_id()`; inside a
  /// `query`, what the other requests cost until then counts as well.
  awaitable<EmbeddingsResult> aembed_documents_with_details(ListArg<std::string> texts) const;
  /// `aembed_documents_with_details` that waits on the calling thread.
  EmbeddingsResult embed_documents_with_details(ListArg<std::string> texts) const;

  /// The vector of one text, to look for documents like it. Otherwise as `aembed_documents`.
  awaitable<std::vector<float>> aembed_query(std::string text) const;
  /// `aembed_query` that waits on the calling thread.
  std::vector<float> embed_query(std::string text) const;

 private:
  std::shared_ptr<const detail::embedder> implementation_;
};

}  // namespace corochain
