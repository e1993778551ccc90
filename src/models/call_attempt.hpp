// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

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

/// The failure of an attempt: the parts of its error, and the facts that decide on another attempt.
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
  attempt() = default;

  std::shared_ptr<transport::exchange> exchange;
  /// The token of the request, if a provider gives tokens.
  Secret token;
  AttemptRecord record;
  /// Null if the attempt was answered.
  std::unique_ptr<attempt_failure> failure;
  /// Whether the head of a stream came.
  bool opened = false;

  const codec::http_response& response() const noexcept { return exchange->response(); }
};

/// Reads the server's explanation of an error, as far as it comes in time, and not more than is useful.
awaitable<void> read_error_body(std::shared_ptr<transport::exchange> exchange);
/// Throws a `ResponseFormatError` if the response is compressed.
void refuse_encoding(const codec::http_response& response);
/// Makes the failure of a response with another status than 2xx, in the words of the service's protocol. The
/// settings' advice is added to the words of a 401.
std::unique_ptr<attempt_failure> failure_of_status(attempt& made, const service_settings& settings);
/// Makes the failure from an error of reading the response or sending the request. An error that a 2xx
/// response reports is classified like the status that it stands for.
std::unique_ptr<attempt_failure> failure_of(const Error& error, attempt& made);
/// Fills the record from the exchange and the failure. `took` is the time of the whole attempt.
void complete_record(attempt& made, AttemptRecord::duration took);
/// The facts that decide on another attempt after a failure.
codec::attempt_outcome outcome_of(const attempt& made);

}  // namespace corochain::models
