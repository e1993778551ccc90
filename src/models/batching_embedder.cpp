// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/batching_embedder.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>
#include <span>

#include "codec/embeddings/embedding_request.hpp"
#include "corochain/concurrency/gather.hpp"
#include "corochain/core/error.hpp"
#include "models/model_call.hpp"

namespace corochain::models {
namespace {

using vectors = std::vector<std::vector<float>>;
using shared_settings = std::shared_ptr<const embeddings_settings>;
using shared_texts = std::shared_ptr<const std::vector<std::string>>;

// A call for many texts is cut into batches (`embed_all`), each of which is one request (`embed_batch`).
// Empty texts are taken out before and have empty vectors put in their places after (`embed_with`).

/// Makes the record of a request from its answer, without the vectors; `call` has not been finished yet.
EmbeddingsRequestRecord record_of(const codec::embedding_answer& answer, const model_call& call,
                                  std::size_t texts) {
  EmbeddingsRequestRecord made;
  made.texts = texts;
  made.model = answer.model;
  made.usage = answer.usage;
  made.request_id = answer.request_id;
  made.region = answer.region;
  made.processing = answer.processing;
  made.remaining_requests = answer.remaining_requests;
  made.remaining_tokens = answer.remaining_tokens;
  made.timing = call.record().timing;
  made.timing.total = made.timing.first_token;
  made.attempts = call.record().attempts;
  return made;
}

/// Makes one request, its attempts under one deadline. The record is finished in any case, so that the costs
/// of a failed request count as well.
awaitable<EmbeddingsResult> embed_batch(shared_settings settings, shared_texts texts, std::size_t first,
                                        std::size_t count) {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  model_call call(here, detail::context_on(here), settings->service);
  std::optional<codec::embedding_answer> answer;
  std::exception_ptr error;
  try {
    // Checks the number of vectors: an answer with too few would shift all that follow.
    read_function read = [&answer, &settings, count](codec::http_response& response) {
      answer.emplace(settings->protocol->read(response, count));
    };
    std::string body;
    settings->protocol->write(body, std::span(*texts).subspan(first, count));
    co_await call.send(std::move(body), std::move(read));
  } catch (...) {
    error = std::current_exception();
  }
  // An answer without a stream comes at once, so that its first token is its last.
  call.note_content();
  EmbeddingsResult result;
  if (answer) {
    if (answer->usage) result.usage = *answer->usage;
    call.note_answer(answer->usage, answer->model, answer->request_id);
    result.vectors = std::move(answer->vectors);
    result.requests.push_back(record_of(*answer, call, count));
  }
  call.finish();
  if (error) std::rethrow_exception(error);
  co_return result;
}

/// Checks that all vectors have one length. Each answer was checked alone; another server behind the same
/// address may have another model.
void check_lengths(const vectors& all) {
  for (const auto& each : all) {
    if (each.size() == all.front().size()) continue;
    ErrorDetails details;
    details.answered = true;
    details.http_status = 200;
    throw ResponseFormatError("HTTP 200, but the answers to two batches have vectors of different lengths, " +
                                  std::to_string(all.front().size()) + " and " + std::to_string(each.size()) +
                                  " numbers; the service may have changed the model meanwhile",
                              std::move(details));
  }
}

/// Joins the results of the batches to one. `gather` gives them in the order of the batches, which is that of
/// the texts.
EmbeddingsResult joined(std::vector<EmbeddingsResult> parts) {
  EmbeddingsResult all;
  for (EmbeddingsResult& part : parts) {
    all.usage += part.usage;
    for (auto& each : part.vectors) all.vectors.push_back(std::move(each));
    for (auto& each : part.requests) all.requests.push_back(std::move(each));
  }
  check_lengths(all.vectors);
  return all;
}

/// Embeds texts, of which none is empty, in as few requests as the limits allow.
awaitable<EmbeddingsResult> embed_all(shared_settings settings, std::vector<std::string> texts) {
  // The batches refer to parts of the same texts, and a cancelled one may unwind after the others.
  const auto shared = std::make_shared<const std::vector<std::string>>(std::move(texts));
  const std::vector<std::size_t> sizes =
      codec::cut_batches(*shared, settings->max_texts, settings->max_tokens);
  EmbeddingsResult all;
  // One batch needs no child, which would be a spawn on the executor.
  if (sizes.size() == 1) {
    all = co_await embed_batch(settings, shared, 0, shared->size());
    co_return all;
  }
  std::vector<awaitable<EmbeddingsResult>> calls;
  calls.reserve(sizes.size());
  std::size_t first = 0;
  for (const std::size_t size : sizes) {
    calls.push_back(embed_batch(settings, shared, first, size));
    first += size;
  }
  std::vector<EmbeddingsResult> parts =
      co_await gather(std::move(calls), {.max_concurrency = settings->max_concurrency});
  all = joined(std::move(parts));
  co_return all;
}

/// Puts empty vectors at the positions of the empty texts.
vectors spread(vectors some, const std::vector<bool>& empty) {
  vectors all(empty.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < empty.size(); ++i)
    if (!empty[i]) all[i] = std::move(some[next++]);
  return all;
}

/// Embeds the texts that are not empty. A service would refuse the whole batch of an empty text.
awaitable<EmbeddingsResult> embed_with(shared_settings settings, std::vector<std::string> texts) {
  codec::check_texts(texts, settings->skip_empty);
  std::vector<bool> empty;
  empty.reserve(texts.size());
  for (const std::string& text : texts) empty.push_back(text.empty());
  std::erase_if(texts, [](const std::string& text) { return text.empty(); });
  // Without texts there is no request.
  EmbeddingsResult all;
  if (!texts.empty()) all = co_await embed_all(std::move(settings), std::move(texts));
  all.vectors = spread(std::move(all.vectors), empty);
  co_return all;
}

}  // namespace

awaitable<EmbeddingsResult> batching_embedder::embed(std::vector<std::string> texts) const {
  return embed_with(settings_, std::move(texts));
}

}  // namespace corochain::models
