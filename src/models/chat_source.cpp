// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/chat_source.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "corochain/core/error.hpp"
#include "observability/log_line.hpp"
#include "transport/transport_error.hpp"

namespace corochain::models {
using clock = std::chrono::steady_clock;

namespace {
/// The time that the end of the body may lag behind `[DONE]` for the connection to be kept.
constexpr std::chrono::milliseconds end_of_body_wait{50};
}  // namespace

chat_source::~chat_source() {
  stop();
  close_record();
}

void chat_source::stop() noexcept {
  if (exchange_ && !over_) exchange_->abort();
}

void chat_source::close_record() {
  if (!call_) return;
  if (reader_) call_->note_answer(reader_->usage(), reader_->model(), reader_->request_id());
  if (!overheard_.empty()) call_->log_answer(overheard_);
  call_->finish();
  call_ = nullptr;
}

/// Collects the chunks of the answer for the log. The border of two chunks may cut a secret in two, so
/// secrets are looked for in the whole.
void chat_source::overhear(std::string_view chunk) {
  if (detail::log_wants_contents()) overheard_ += chunk;
}

/// Throws the error, with the facts of the answer so far.
void chat_source::fail(const Error& error) {
  ErrorDetails details = error.details();
  std::string words = error.what();
  if (reader_) {
    reader_->tell(details);
    // Some of the answer was handed on.
    if (opened_) details.retryable = false;
  }
  if (call_) call_->mask(details, words);
  // The attempt counted as good until now.
  if (call_ && exchange_ && opened_) {
    details.http_status = exchange_->response().status;
    call_->note_failure(words);
  }
  if (call_ && details.attempts.empty()) details.attempts = call_->record().attempts;
  throw_error(error.kind(), std::move(words), std::move(details));
}

awaitable<std::optional<AIMessageChunk>> chat_source::next() {
  std::optional<AIMessageChunk> chunk;
  std::exception_ptr error;
  try {
    chunk = co_await advance();
  } catch (const Error& failure) {
    try {
      fail(failure);
    } catch (...) {
      error = std::current_exception();
    }
  } catch (...) {
    error = std::current_exception();
  }
  if (error) stop();
  if (!chunk) {
    over_ = true;
    close_record();
    exchange_ = nullptr;
  } else if (call_) {
    call_->note_content();
  }
  if (error) std::rethrow_exception(error);
  co_return chunk;
}

/// Hands out the chunks of one read in a row. The first chunk is never one of them: `next()` reads up to it.
bool chat_source::take_ready(std::optional<AIMessageChunk>& slot) {
  if (!opened_ || over_ || !reader_ || !reader_->has_next() || call_->time_is_over()) return false;
  slot = reader_->next();
  return slot.has_value();
}

void chat_source::check_deadline() const {
  if (call_->time_is_over()) transport::throw_timeout(Phase::stream);
}

awaitable<std::optional<AIMessageChunk>> chat_source::advance() {
  if (!begun_) co_await begin();
  check_deadline();
  if (!reader_) co_return std::exchange(whole_, std::nullopt);
  for (;;) {
    std::optional<AIMessageChunk> chunk = reader_->next();
    if (chunk) co_return chunk;
    if (reader_->done()) {
      co_await settle();
      co_return std::nullopt;
    }
    if (ended_) co_return std::nullopt;
    if (!feed()) co_await read_more();
  }
}

/// Feeds the reader with the bytes that came, or tells it of their end. False if more have to be read.
bool chat_source::feed() {
  codec::http_response& answer = exchange_->response();
  if (!answer.body.empty()) {
    overhear(answer.body);
    reader_->feed(answer.body);
    answer.body.clear();
  } else if (answer.complete) {
    reader_->end();
    ended_ = true;
  } else {
    return false;
  }
  return true;
}

/// Waits for more bytes. Each shows that the server is alive, also that of a comment.
awaitable<void> chat_source::read_more() {
  try {
    co_await transport::exchange::read_more(exchange_, clock::now() + settings_.service->stream_idle);
  } catch (const CancelledError&) {
    throw;
  } catch (const Error&) {
    if (!reader_->all_finished()) throw;
    // The answer is whole; only its connection is lost.
    reader_->end();
    ended_ = true;
  }
}

/// Reads up to the first content. A failure until then is a failed attempt: nothing was handed on.
awaitable<void> chat_source::open(std::shared_ptr<transport::exchange> exchange) {
  exchange_ = std::move(exchange);
  reader_.reset();
  whole_.reset();
  overheard_.clear();
  ended_ = false;
  try {
    co_await read_to_content();
  } catch (const Error& error) {
    fail_attempt(error);
  } catch (...) {
    forget_attempt();
    throw;
  }
}

/// Gives the connection back or closes it before the wait for the next attempt, and keeps the parts of this
/// answer out of the next one.
void chat_source::forget_attempt() noexcept {
  exchange_ = nullptr;
  reader_.reset();
}

void chat_source::fail_attempt(const Error& error) {
  ErrorDetails details = error.details();
  if (reader_) reader_->tell(details);
  forget_attempt();
  throw_error(error.kind(), error.what(), std::move(details));
}

awaitable<void> chat_source::read_to_content() {
  codec::http_response& answer = exchange_->response();
  codec::body_form form = codec::body_form::unknown;
  for (;;) {
    // Blanks have no meaning in JSON and in streams.
    if (codec::is_blank(answer.body)) answer.body.clear();
    form = settings_.protocol->form_of(answer);
    if (form != codec::body_form::unknown) break;
    co_await transport::exchange::read_more(exchange_, clock::now() + settings_.service->stream_idle);
  }
  if (form == codec::body_form::whole && !answer.body.empty()) {
    co_await take_whole_answer();
    co_return;
  }
  const auto& sizes = settings_.service->limits.sizes;
  reader_ =
      settings_.protocol->make_stream_reader(answer.headers, sizes.stream_event, sizes.stream, keeping_);
  while (!reader_->has_next() && !reader_->failed() && !reader_->done() && !ended_)
    if (!feed()) co_await read_more();
  // Throws the error that came instead of content.
  if (!reader_->has_next()) (void)reader_->next();
}

awaitable<void> chat_source::begin() {
  begun_ = true;
  const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
  call_ = std::make_unique<model_call>(here, context_, settings_.service);
  std::string body;
  settings_.protocol->write(body, std::exchange(input_, Messages()), settings_.prepared, true);
  open_function first_content = [this](std::shared_ptr<transport::exchange> exchange) {
    return open(std::move(exchange));
  };
  co_await call_->send_streamed(std::move(body), std::move(first_content));
  opened_ = true;
}

/// Reads a whole completion, which a server without streams sends.
awaitable<void> chat_source::take_whole_answer() {
  if (!exchange_->response().complete) co_await transport::exchange::read_rest(exchange_);
  codec::http_response& answer = exchange_->response();
  overhear(answer.body);
  std::optional<AIMessage> message;
  settings_.protocol->read(answer, message);
  whole_.emplace(*message);
  call_->note_answer(message->usage, message->model, message->request_id);
}

/// Called after `[DONE]`: if the body ends there as well, the connection is kept.
awaitable<void> chat_source::settle() {
  codec::http_response& answer = exchange_->response();
  const auto until = clock::now() + end_of_body_wait;
  try {
    while (!answer.complete && answer.body.size() < 4096)
      co_await transport::exchange::read_more(exchange_, until);
  } catch (const CancelledError&) {
    throw;
  } catch (const Error&) {  // the answer is there; only its connection is lost
  }
  if (!answer.complete) exchange_->abort();
}

}  // namespace corochain::models
