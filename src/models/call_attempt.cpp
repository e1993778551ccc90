// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/call_attempt.hpp"

#include <optional>
#include <utility>

#include "codec/ascii.hpp"
#include "codec/error_body.hpp"
#include "codec/request_id.hpp"
#include "codec/retry_after.hpp"
#include "concurrency/deadline.hpp"
#include "concurrency/run_context.hpp"
#include "models/content_log.hpp"

namespace corochain::models {
using clock = std::chrono::steady_clock;

namespace {

/// The largest body of an error that is read: what servers say in words is far shorter.
constexpr std::size_t error_body_limit = std::size_t{1024} * 1024;

void refuse_encoding(const codec::http_response& answer) {
  const auto encoding = answer.headers.find("content-encoding");
  if (!encoding || encoding->empty() || codec::equal_ignoring_case(*encoding, "identity")) return;
  ErrorDetails details;
  details.http_status = answer.status;
  details.answered = true;
  throw ResponseFormatError(
      "the answer is compressed, which nobody asked for; check the proxy or gateway in between",
      std::move(details));
}

/// Reads what the server says of its error: as much as it says in time, and no more than is of use.
awaitable<void> read_error_body(std::shared_ptr<transport::exchange> exchange) {
  try {
    const codec::http_response& response = exchange->response();
    while (!response.complete && response.body.size() < error_body_limit)
      co_await transport::exchange::read_more(exchange, service_call::time_point::max());
  } catch (const CancelledError&) {
    throw;
  } catch (const Error&) {  // the status stands, whatever became of its explanation
  }
}

/// Judges the attempt by the answer. False when the body of an error is still to be read.
bool judge(attempt& made, const answer_function& read) {
  codec::http_response& answer = made.exchange->response();
  made.record.status = answer.status;
  if (!answer.succeeded()) {
    made.record.retry_after = codec::retry_after(answer.headers, std::chrono::system_clock::now());
    return false;
  }
  refuse_encoding(answer);
  if (read) read(answer);
  made.answered = true;
  made.record.request_id = codec::request_id(answer.headers);
  return true;
}

void judge_error(const service_settings& settings, attempt& made) {
  const codec::http_response& answer = made.exchange->response();
  auto said = codec::read_http_error(answer.status, answer.headers, answer.body, made.record.retry_after);
  made.failure = std::make_unique<attempt_failure>();
  made.failure->kind = said.kind;
  made.failure->words = std::move(said.message);
  if (answer.status == 401) made.failure->words += settings.unauthorized_advice;
  made.failure->details = std::move(said.details);
  made.outcome.headers = &answer.headers;
}

std::shared_ptr<transport::exchange> new_exchange(const service_call& call, bool streamed) {
  const service_settings& settings = *call.settings;
  transport::exchange_settings how;
  how.to = settings.to;
  how.names = settings.names;
  if (!how.names)
    how.names = transport::resolver::system();  // asked anew: a child of fork has one of its own
  how.times = settings.times;
  how.times.deadline = call.deadline;
  how.sizes = settings.sizes;
  how.pool = settings.pool;
  how.call = call.in_flight ? &*call.in_flight : nullptr;
  how.streamed = streamed;
  return std::make_shared<transport::exchange>(call.executor, std::move(how));
}

void note_outcome(const service_call& call, attempt& made, service_call::time_point start, bool has_token) {
  const transport::exchange_report& report = made.exchange->report();
  if (made.failure) {
    ErrorDetails& details = made.failure->details;
    const codec::http_response& response = made.exchange->response();
    if (response.status != 0) {
      made.record.status = response.status;  // it stands, whatever became of the rest
      details.http_status = response.status;
      if (details.request_id.empty()) details.request_id = codec::request_id(response.headers);
    }
    call.mask_id(details.request_id, made.token);
    made.record.request_id = details.request_id;
    made.record.error = made.failure->words;
    made.outcome.kind = made.failure->kind;
    made.outcome.phase = details.phase;
    // Token providers retry on their own; retrying here would multiply the attempts.
    made.outcome.permanent = !has_token || (made.failure->kind == ErrorKind::connect && !details.retryable &&
                                            details.connect_problem == ConnectProblem::proxy);
  } else {
    call.mask_id(made.record.request_id, made.token);
  }
  made.record.connection_reused = report.reused;
  made.record.connection_opened = report.opened;
  made.record.retried = !call.record.attempts.empty();
  made.record.maybe_billed = report.unanswered_send || (report.bytes_sent && !report.response_started) ||
                             (made.opened && !made.answered);
  made.record.timing = report.timing;
  made.record.timing.total = clock::now() - start;
  made.outcome.status = made.record.status;
  made.outcome.bytes_sent = report.bytes_sent || report.unanswered_send;
  made.outcome.response_started = report.response_started;
  made.outcome.before_content = made.opened && !made.answered;
  made.outcome.advised = made.record.retry_after;
}

awaitable<void> fetch_token(service_call& call, attempt& made) {
  auto below = std::make_shared<detail::run_context>(*call.context.state());
  below->deadline = call.deadline;
  const call_context context(std::move(below));  // a provider may be the user's
  awaitable<Secret> ask = token_source::token(call.settings->tokens);
  auto fetch = detail::run_on(context, detail::keep_in(std::move(ask), made.token));
  co_await detail::with_deadline(call.deadline, Phase::queued, std::move(fetch));
}

/// An error that a 2xx answer reports is judged as one with the status that it stands for.
void judge_reported(attempt& made) {
  const codec::http_response& response = made.exchange->response();
  if (!response.succeeded()) return;
  ErrorDetails& details = made.failure->details;
  switch (made.failure->kind) {
    case ErrorKind::rate_limit:
    case ErrorKind::server:
    case ErrorKind::conflict:
    case ErrorKind::http_status:
    case ErrorKind::bad_request:
    case ErrorKind::authentication:
    case ErrorKind::permission_denied:
    case ErrorKind::not_found:
    case ErrorKind::unprocessable_entity:
      made.outcome.reported_passes = details.retryable;
      details.retry_after = made.record.retry_after =
          codec::retry_after(response.headers, std::chrono::system_clock::now());
      break;
    case ErrorKind::truncated:
    case ErrorKind::connect:
      if (made.opened) details.retryable = true;
      break;
    default: break;
  }
}

}  // namespace

awaitable<void> try_once(service_call& call, attempt& made, const std::string& body, int retries_done,
                         const answer_function& read, const open_function& open) {
  const service_settings& settings = *call.settings;
  const auto start = clock::now();
  made.exchange = new_exchange(call, !read);
  bool has_token = !settings.tokens;
  try {
    if (settings.tokens) {
      co_await fetch_token(call, made);
      has_token = true;
    }
    const Secret& credential = settings.tokens ? made.token : settings.credential;
    if (call.record.attempts.empty()) log_content("request.content", call, made.token, body);
    if (settings.sends_client_request_id && !codec::has_header(call.headers, codec::client_request_id_name))
      made.record.client_request_id = call.key;
    codec::http_request request(read ? settings.head : settings.stream_head, body);
    request.set_own_fields(call.headers);
    request.set_credential(settings.credential_header, settings.credential_prefix, credential);
    request.add_field("Idempotency-Key", call.key);
    request.add_field(codec::client_request_id_name, made.record.client_request_id);
    const std::string retry_count = retries_done > 0 ? std::to_string(retries_done) : std::string();
    request.add_field("x-corochain-retry-count", retry_count);
    co_await transport::exchange::send(made.exchange, request);
    const bool judged = judge(made, read);
    if (!judged) {
      co_await read_error_body(made.exchange);
      judge_error(settings, made);
    } else if (open) {
      made.answered = false;
      made.opened = true;
      co_await open(made.exchange);
      made.answered = true;
    }
  } catch (const Error& error) {
    made.fail(error);
    judge_reported(made);
  } catch (...) {
    made.failure = std::make_unique<attempt_failure>();
    made.failure->foreign = std::current_exception();
  }
  if (made.failure) call.mask(made.failure->details, made.failure->words, made.token);
  const codec::http_response& response = made.exchange->response();
  if (response.status != 0 && (read || !made.answered))
    log_content("answer.content", call, made.token, response.body);
  note_outcome(call, made, start, has_token);
}

}  // namespace corochain::models
