// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/embeddings.hpp"

#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "corochain/concurrency/detail/enter_run.hpp"
#include "corochain/concurrency/run.hpp"
#include "corochain/models/embeddings_options.hpp"

namespace corochain {
namespace {

using vectors = std::vector<std::vector<float>>;

/// Embeds within the run of the awaiting coroutine, or in a run of its own if there is none: the children of
/// a fan-out need a serial executor and a context.
awaitable<EmbeddingsResult> embed_in_run(std::shared_ptr<const detail::embedder> with,
                                         std::vector<std::string> texts) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  std::optional<EmbeddingsResult> all;
  if (detail::in_run(here) && !detail::needs_permit(here))
    all.emplace(co_await with->embed(std::move(texts)));
  else
    co_await detail::enter_call(detail::keep(with->embed(std::move(texts)), all));
  co_return std::move(*all);
}

// The callers that ask for vectors alone do not see what they cost; a `query` around them does.

awaitable<vectors> only_vectors(awaitable<EmbeddingsResult> call) {
  EmbeddingsResult all = co_await std::move(call);
  co_return std::move(all.vectors);
}

awaitable<std::vector<float>> only_one(awaitable<EmbeddingsResult> call) {
  EmbeddingsResult all = co_await std::move(call);
  co_return std::move(all.vectors.front());
}

}  // namespace

// Each function is plain and hands copies of shared state to a coroutine, so that its awaitable outlives the
// object.

detail::embedder::~embedder() = default;

EmbeddingsOptions::EmbeddingsOptions() = default;
EmbeddingsRequestRecord::EmbeddingsRequestRecord() = default;
EmbeddingsResult::EmbeddingsResult() = default;

Embeddings::Embeddings(std::shared_ptr<const detail::embedder> implementation)
    : implementation_(std::move(implementation)) {}

awaitable<vectors> Embeddings::aembed_documents(ListArg<std::string> texts) const {
  return only_vectors(embed_in_run(implementation_, std::move(texts).take()));
}

vectors Embeddings::embed_documents(ListArg<std::string> texts) const {
  return run(aembed_documents(std::move(texts)));
}

awaitable<EmbeddingsResult> Embeddings::aembed_documents_with_details(ListArg<std::string> texts) const {
  return embed_in_run(implementation_, std::move(texts).take());
}

EmbeddingsResult Embeddings::embed_documents_with_details(ListArg<std::string> texts) const {
  return run(aembed_documents_with_details(std::move(texts)));
}

/// One text goes the way of many: services have one operation for both.
awaitable<std::vector<float>> Embeddings::aembed_query(std::string text) const {
  std::vector<std::string> one;
  one.push_back(std::move(text));
  return only_one(embed_in_run(implementation_, std::move(one)));
}

std::vector<float> Embeddings::embed_query(std::string text) const {
  return run(aembed_query(std::move(text)));
}

}  // namespace corochain
