// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <string>

#include "codec/http/http_response.hpp"
#include "codec/retry/retry_policy.hpp"
#include "corochain/core/awaitable.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/query_result.hpp"
#include "corochain/core/secret.hpp"
#include "models/service_settings.hpp"
#include "transport/exchange.hpp"

namespace corochain::models {

// One attempt of a call, and how its end is judged. `model_call` and the requests for tokens make attempts;
// the functions here turn responses and errors into the facts that `codec::decide_retry` decides on, and into
// the record that the user sees.

/// The failure of an attempt: the parts of its error, and the facts that decide on another attempt. It is
/// kept in parts, because secrets are masked in it and the records of later attempts are added before it is
/// thrown.
struct attempt_failure {
  attempt_failure() = default;
  explicit attempt_failure(const Error& error)
      : kind(error.kind()), words(error.what()), details(error.details()) {}

  ErrorKind kind = ErrorKind::other;
  std::string words;
  ErrorDetails details;
  /// Set for an exception that is no `Error`; it is passed on unchanged.
  std::exception_ptr foreign;
  /// Whether the failure is the meaning of the response's status.
  bool by_status = false;
  /// Whether a response with status 2xx reports the failure.
  bool in_success = false;
  /// Whether another attempt would fail, too.
  bool permanent = false;
};

/// One attempt. It ends with a response, which its exchange holds, or with a failure.
struct attempt {
  /// Reset before the wait for another attempt, so that its connection is free.
  std::shared_ptr<transport::exchange> exchange;
  /// The token of the request, if a provider gives tokens.
  Secret token;
  /// The part of the call's record that this attempt is. `complete_record` fills it.
  AttemptRecord record;
  /// The record of the first sending, if the request was sent twice.
  std::unique_ptr<AttemptRecord> unanswered;
  /// Null if the attempt was answered.
  std::unique_ptr<attempt_failure> failure;
  /// Whether the head of a stream came.
  bool opened = false;

  const codec::http_response& response() const noexcept { return exchange->response(); }
};

/// Reads the server's explanation of an error, as far as it comes in time, and not more than is useful. The
/// body may be cut then: the status is what counts. A cancel is passed on.
awaitable<void> read_error_body(std::shared_ptr<transport::exchange> exchange);
/// Throws a `ResponseFormatError` if the response is compressed. No request allows that, but some gateways do
/// it.
void refuse_encoding(const codec::http_response& response);
/// Makes the failure of a response with another status than 2xx, in the words of the service's protocol. The
/// settings' advice is added to the words of a 401.
std::unique_ptr<attempt_failure> failure_of_status(attempt& made, const service_settings& settings);
/// Makes the failure from an error of reading the response or sending the request. An error that a 2xx
/// response reports is classified like the status that it stands for.
std::unique_ptr<attempt_failure> failure_of(const Error& error, attempt& made);
/// Fills the records from the exchange and the failure. `began` is the begin of the attempt, which ends now.
void complete_record(attempt& made, std::chrono::steady_clock::time_point began);
/// The facts that decide on another attempt after a failure. They refer to the headers of the response.
codec::attempt_outcome outcome_of(const attempt& made);

}  // namespace corochain::models
