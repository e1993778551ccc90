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

/// The failure of an attempt: what its error is made of, and what decides on another attempt.
struct attempt_failure {
  attempt_failure() = default;
  explicit attempt_failure(const Error& error)
      : kind(error.kind()), words(error.what()), details(error.details()) {}

  ErrorKind kind = ErrorKind::other;
  std::string words;
  ErrorDetails details;
  std::exception_ptr foreign;  ///< not an `Error`: passed on as it is
  bool by_status = false;      ///< it is what the response's status stands for
  bool in_success = false;     ///< a response with status 2xx reports it
  bool permanent = false;      ///< it would fail again
};

/// One attempt. It ends with a response, which its exchange holds, or with a failure.
struct attempt {
  attempt() = default;

  std::shared_ptr<transport::exchange> exchange;
  Secret token;  ///< that was used, where a provider gives them
  AttemptRecord record;
  std::unique_ptr<attempt_failure> failure;  ///< null if it was answered
  bool opened = false;                       ///< the head of a stream came

  const codec::http_response& response() const noexcept { return exchange->response(); }
};

/// Reads what the server says of its error: as much as it says in time, and no more than is of use.
awaitable<void> read_error_body(std::shared_ptr<transport::exchange> exchange);
/// A `ResponseFormatError` for a response that is compressed.
void refuse_encoding(const codec::http_response& response);
/// The failure that a response with another status than 2xx is, in the words of the service's protocol. The
/// settings' advice is added to the words of a 401.
std::unique_ptr<attempt_failure> failure_of_status(attempt& made, const service_settings& settings);
/// The failure that reading the response, or sending the request, threw. An error that a 2xx response reports
/// is judged as one with the status that it stands for.
std::unique_ptr<attempt_failure> failure_of(const Error& error, attempt& made);
/// Fills the record with what the exchange and the failure know. `took` is the time of the whole attempt.
void complete_record(attempt& made, AttemptRecord::duration took);
/// What decides on another attempt after a failure.
codec::attempt_outcome outcome_of(const attempt& made);

}  // namespace corochain::models
