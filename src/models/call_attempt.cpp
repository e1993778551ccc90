// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/call_attempt.hpp"

#include "codec/ascii.hpp"
#include "codec/http/request_id.hpp"
#include "codec/retry/retry_after.hpp"

namespace corochain::models {
namespace {

/// The largest body of an error that is read: the messages of servers are far shorter. A server cannot hold a
/// call with an endless one.
constexpr std::size_t error_body_limit = std::size_t{1024} * 1024;

/// How long the server asks the client to wait before another attempt.
std::optional<AttemptRecord::duration> advice_of(const codec::http_response& response) {
  return codec::retry_after(response.headers, std::chrono::system_clock::now());
}

}  // namespace

awaitable<void> read_error_body(std::shared_ptr<transport::exchange> exchange) {
  try {
    const codec::http_response& response = exchange->response();
    while (!response.complete && response.body.size() < error_body_limit)
      // Without a limit of its own: the read limit of the exchange bounds it.
      co_await transport::exchange::read_more(exchange, transport::exchange::time_point::max());
  } catch (const CancelledError&) {
    throw;
  } catch (const Error&) {  // the status is reported, even without its explanation
  }
}

void refuse_encoding(const codec::http_response& response) {
  const auto encoding = response.headers.find("content-encoding");
  if (!encoding || encoding->empty() || codec::equal_ignoring_case(*encoding, "identity")) return;
  ErrorDetails details;
  details.http_status = response.status;
  details.answered = true;
  throw ResponseFormatError(
      "the answer is compressed, but the request did not allow it; check the proxy or gateway in between",
      std::move(details));
}

std::unique_ptr<attempt_failure> failure_of_status(attempt& made, const service_settings& settings) {
  const codec::http_response& response = made.response();
  made.record.retry_after = advice_of(response);
  auto said = settings.protocol->read_error(response, made.record.retry_after);
  auto failure = std::make_unique<attempt_failure>();
  failure->kind = said.kind;
  failure->words = std::move(said.message);
  // The advice is this library's own, and knows which kind of credential was sent.
  if (response.status == 401) failure->words += settings.unauthorized_advice;
  failure->details = std::move(said.details);
  failure->by_status = true;
  return failure;
}

/// In a 2xx response, a kind that belongs to an error status comes from an error object in the body.
std::unique_ptr<attempt_failure> failure_of(const Error& error, attempt& made) {
  auto failure = std::make_unique<attempt_failure>(error);
  if (!made.response().succeeded()) return failure;
  switch (failure->kind) {
    case ErrorKind::rate_limit:
    case ErrorKind::server:
    case ErrorKind::conflict:
    case ErrorKind::http_status:
    case ErrorKind::bad_request:
    case ErrorKind::authentication:
    case ErrorKind::permission_denied:
    case ErrorKind::not_found:
    case ErrorKind::unprocessable_entity:
      // Some servers and gateways send the error of a busy model with status 200.
      failure->in_success = true;
      failure->details.retry_after = made.record.retry_after = advice_of(made.response());
      break;
    case ErrorKind::truncated:
    case ErrorKind::connect:
      // A stream that broke off before its first content: nothing was handed on, so that another attempt
      // repeats nothing.
      if (made.opened) failure->details.retryable = true;
      break;
    default: break;
  }
  return failure;
}

void complete_record(attempt& made, std::chrono::steady_clock::time_point began) {
  const transport::exchange_report& report = made.exchange->report();
  if (const auto& lost = report.unanswered) {
    made.unanswered = std::make_unique<AttemptRecord>();
    made.unanswered->connection_reused = true;
    made.unanswered->maybe_billed = lost->bytes_sent;
    made.unanswered->timing = lost->timing;
    made.unanswered->timing.total = lost->ended - began;
    made.unanswered->error = lost->error;
    began = lost->ended;
  }
  const codec::http_response& response = made.response();
  AttemptRecord& record = made.record;
  // Recorded even if the rest of the response failed: the user's logs and the service's are matched by them.
  record.status = response.status;
  if (made.failure) {
    ErrorDetails& details = made.failure->details;
    if (response.status != 0) {
      details.http_status = response.status;
      if (details.request_id.empty()) details.request_id = codec::request_id(response.headers);
    }
    record.request_id = details.request_id;
    record.error = made.failure->words;
  } else {
    record.request_id = codec::request_id(response.headers);
  }
  record.connection_reused = report.reused;
  record.connection_opened = report.opened;
  // The service may have begun to work on each of these.
  record.maybe_billed = (report.bytes_sent && !report.response_started) || (made.opened && made.failure);
  record.resent = made.unanswered != nullptr;
  record.timing = report.timing;
  record.timing.total = std::chrono::steady_clock::now() - began;
}

codec::attempt_outcome outcome_of(const attempt& made) {
  const transport::exchange_report& report = made.exchange->report();
  const attempt_failure& failure = *made.failure;
  codec::attempt_outcome outcome;
  outcome.status = made.record.status;
  outcome.kind = failure.kind;
  outcome.bytes_sent = report.bytes_sent || (report.unanswered && report.unanswered->bytes_sent);
  outcome.response_started = report.response_started;
  outcome.phase = failure.details.phase;
  // A proxy that refuses a request refuses the next one, too.
  outcome.permanent =
      failure.permanent || (failure.kind == ErrorKind::connect && !failure.details.retryable &&
                            failure.details.connect_problem == ConnectProblem::proxy);
  // The headers of a 2xx response, such as a limit that is not used up, say nothing about the error in its
  // body.
  if (failure.by_status) outcome.headers = &made.response().headers;
  outcome.advised = made.record.retry_after;
  outcome.before_content = made.opened;
  outcome.reported_passes = failure.in_success && failure.details.retryable;
  return outcome;
}

}  // namespace corochain::models
