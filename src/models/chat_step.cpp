// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/chat_step.hpp"

#include <boost/asio/this_coro.hpp>
#include <optional>

#include "codec/streamed_answer.hpp"
#include "corochain/core/error.hpp"
#include "models/chat_source.hpp"
#include "models/model_call.hpp"

namespace corochain::models {
namespace {

/// Throws the error that is being handled, with the text that had come before it. A whole answer that is read
/// as a stream loses nothing of what was paid for.
[[noreturn]] void add_text(const Error& error, std::string text) {
  if (text.empty()) throw;
  ErrorDetails details = error.details();
  text += details.text;
  details.text = std::move(text);
  throw_error(error.kind(), error.what(), std::move(details));
}

}  // namespace

chunk_source_ptr<AIMessageChunk> chat_step::stream(Messages input, call_context context) const {
  return std::make_unique<chat_source>(settings_, std::move(input), std::move(context));
}

std::shared_ptr<const detail::chat_model_step> chat_step::with_call_options(
    const ChatCallOptions& options) const {
  return std::make_shared<const chat_step>(bind(settings_, options));
}

awaitable<void> chat_step::call(Messages input, const call_context& context,
                                std::optional<AIMessage>& answer) const {
  if (settings_.streaming) return call_streamed(std::move(input), context, answer);
  return call_whole(std::move(input), context, answer);
}

/// Reads the answer as a stream and puts it together. `stream_idle_timeout` bounds its gaps then, instead of
/// `read_timeout`.
awaitable<void> chat_step::call_streamed(Messages input, call_context context,
                                         std::optional<AIMessage>& answer) const {
  // The reader keeps no text for its errors: the chunks are put together here.
  chat_source chunks(settings_, std::move(input), std::move(context), chat_source::keeping::nothing);
  codec::streamed_answer whole;
  try {
    for (;;) {
      std::optional<AIMessageChunk> next_chunk;
      if (!chunks.take_ready(next_chunk)) next_chunk = co_await chunks.next();
      if (!next_chunk) break;
      whole.add(std::move(*next_chunk));
    }
  } catch (const Error& error) {
    add_text(error, whole.take_text());
  }
  answer.emplace(whole.take());
}

awaitable<void> chat_step::call_whole(Messages input, const call_context& context,
                                      std::optional<AIMessage>& message) const {
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  model_call call(here, context, settings_.service);
  // The record is finished in any case, so that the costs of a failed call count as well.
  std::exception_ptr error;
  try {
    // Named, because g++ 12 destroys a temporary with captures twice in a co_await expression.
    read_function read = [this, &message](codec::http_response& response) {
      settings_.protocol->read(response, message);
    };
    std::string body;
    settings_.protocol->write(body, input, settings_.prepared, false);
    co_await call.send(std::move(body), std::move(read));
  } catch (...) {
    error = std::current_exception();
  }
  call.note_content();
  if (message) call.note_answer(message->usage, message->model, message->request_id);
  call.finish();
  if (error) std::rethrow_exception(error);
}

}  // namespace corochain::models
