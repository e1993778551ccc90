// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "corochain/core/attempt.hpp"
#include "corochain/core/detail/assignable_bool.hpp"
#include "corochain/core/detail/durations.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/phase.hpp"
#include "corochain/core/usage.hpp"

namespace corochain {

/// The kind of a failure: one enumerator for each exception type. Also the error codes of `error_category()`.
enum class ErrorKind {
  connect = 1,
  tls,
  timeout,
  cancelled,
  protocol,
  truncated,
  too_large,
  http_status,
  bad_request,
  authentication,
  permission_denied,
  not_found,
  conflict,
  unprocessable_entity,
  rate_limit,
  quota_exceeded,
  context_length,
  content_filter,
  server,
  response_format,
  output_parser,
  prompt,
  config,
  /// An exception that is not corochain's, in a `Failure`; or the last failure, after all alternatives
  /// failed.
  other,
};

/// Groups of kinds to test a code against: `if (e.code() == cc::ErrorCondition::connection)`.
enum class ErrorCondition {
  /// The caller stopped the call. Also true of a bare `asio::error::operation_aborted`.
  cancelled = 1,
  /// A time limit passed. Never the same as cancelled.
  timeout,
  /// No valid answer came over the wire: connect, tls, protocol, truncated.
  connection,
  /// The server refused the request: the 4xx kinds.
  rejected,
  /// The server could not serve the request now: rate_limit, server.
  overloaded,
  /// An answer came that cannot be used: too_large, response_format, output_parser, content_filter.
  bad_answer,
  /// The program's own mistake, found before anything was sent: prompt, config.
  bad_input,
};

COROCHAIN_EXPORT const boost::system::error_category& error_category() noexcept;
COROCHAIN_EXPORT const boost::system::error_category& condition_category() noexcept;
COROCHAIN_EXPORT boost::system::error_code make_error_code(ErrorKind kind) noexcept;
COROCHAIN_EXPORT boost::system::error_condition make_error_condition(ErrorCondition condition) noexcept;
/// The enumerator's name, for logs and reports: "rate_limit".
COROCHAIN_EXPORT const char* to_string(ErrorKind kind) noexcept;
COROCHAIN_EXPORT const char* to_string(ErrorCondition condition) noexcept;
/// Writes the enumerator's name, as for all enumerations of corochain.
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, ErrorKind kind);
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, ErrorCondition condition);

/// The cause of a `ConnectError`.
enum class ConnectProblem {
  none,
  dns,
  refused,
  unreachable,
  reset,
  timeout,
  too_many_files,
  no_port,
  /// The proxy refused, or the server at its address is no proxy.
  proxy,
  /// `drain` was called: no new calls are taken.
  draining,
  other
};
COROCHAIN_EXPORT const char* to_string(ConnectProblem problem) noexcept;
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, ConnectProblem problem);

/// The details of a failure. The server's text is kept apart from the library's own text, which never holds
/// user data.
struct COROCHAIN_EXPORT ErrorDetails {
  using duration = std::chrono::steady_clock::duration;
  ErrorDetails();
  ErrorDetails(const ErrorDetails& other);
  ErrorDetails(ErrorDetails&& other) noexcept;
  ErrorDetails& operator=(const ErrorDetails& other);
  ErrorDetails& operator=(ErrorDetails&& other) noexcept;
  ~ErrorDetails();

  /// The same request may succeed when it is sent again. Unless it is assigned, the kind of the `Error`
  /// decides: true for connect, conflict, rate_limit and server, and for a timeout whose phase is before the
  /// request was sent (resolve, connect, proxy, tls_handshake).
  detail::assignable_bool retryable;
  /// A whole or partial answer of the server arrived.
  bool answered = false;
  /// 0 without an answer.
  int http_status = 0;
  /// The header `x-request-id` or `apim-request-id`.
  std::string request_id;
  /// The wait that the server advised.
  std::optional<duration> retry_after;
  /// All attempts of the call, oldest first.
  std::vector<AttemptRecord> attempts;
  /// The server's own text, at most 4096 bytes.
  std::string server_message;
  /// `error.code` of the answer.
  std::string server_code;
  /// `error.param` of the answer: the option that the server objects to.
  std::string param;
  /// The error code of the system, of Asio or of OpenSSL, if there is one.
  boost::system::error_code cause;
  /// Cancels: the number of the signal that stopped the run, 0 if it was no signal.
  int signal = 0;
  /// Timeouts: the phase in which the time was over.
  Phase phase = Phase::none;
  ConnectProblem connect_problem = ConnectProblem::none;
  /// Partial or unparsed text of the model.
  std::string text;
  /// The usage of the failed call, if the server reported it.
  std::optional<Usage> usage;
  /// Content filters: the categories that were filtered.
  std::vector<std::string> categories;
  /// Prompts: the index of the message, from 0.
  std::optional<std::size_t> message_index;
  /// Prompts: the byte in the message's template, from 1.
  std::optional<std::size_t> column;
  /// Prompts: the names of the variables that the template has.
  std::vector<std::string> expected;
  /// Prompts: the names that it was given.
  std::vector<std::string> received;
  /// The earlier failures, oldest first, if several alternatives were tried: in a race, in fallbacks.
  std::vector<std::exception_ptr> earlier;
};

/// The base of all exceptions that corochain throws on purpose. `what()` says what happened and what to do;
/// it holds no prompt, answer, key or server text. Copying is cheap and does not throw.
class COROCHAIN_EXPORT Error : public boost::system::system_error {
 public:
  using duration = std::chrono::steady_clock::duration;
  Error(ErrorKind kind, std::string message, ErrorDetails details = ErrorDetails());
  ~Error() override;

  const char* what() const noexcept override;
  ErrorKind kind() const noexcept { return kind_; }
  /// True if the same request may succeed when it is sent again. If the error has `attempts()`, corochain's
  /// client has already tried as often as its options allow. An error that a program makes has the value of
  /// its kind, unless its details say otherwise: see `ErrorDetails::retryable`.
  bool retryable() const noexcept { return details_->retryable; }
  int http_status() const noexcept { return details_->http_status; }
  const std::string& request_id() const noexcept { return details_->request_id; }
  std::optional<duration> retry_after() const noexcept { return details_->retry_after; }
  const std::vector<AttemptRecord>& attempts() const noexcept { return details_->attempts; }
  /// A bounded excerpt of the server's text. It may quote the request: treat it as user data.
  const std::string& server_message() const noexcept { return details_->server_message; }
  /// The error code of the system, of Asio or of OpenSSL that caused this error, if any.
  const boost::system::error_code& cause() const noexcept { return details_->cause; }
  /// The earlier failures, oldest first, if several alternatives were tried and all failed.
  const std::vector<std::exception_ptr>& earlier() const noexcept { return details_->earlier; }
  const ErrorDetails& details() const noexcept { return *details_; }

 private:
  ErrorKind kind_;
  std::shared_ptr<const ErrorDetails> details_;
  std::shared_ptr<const std::string> message_;
};

namespace detail {
/// One constructor for each type below: the kind is fixed by the type.
template <ErrorKind K, class Base = Error>
class COROCHAIN_EXPORT error_of : public Base {
 public:
  static constexpr ErrorKind static_kind = K;
  explicit error_of(std::string message, ErrorDetails details = ErrorDetails())
      : Base(K, std::move(message), std::move(details)) {}

 protected:
  error_of(ErrorKind kind, std::string message, ErrorDetails details)
      : Base(kind, std::move(message), std::move(details)) {}
};
}  // namespace detail

/// No connection: name look-up, refused, unreachable, reset before an answer, out of files or ports.
class COROCHAIN_EXPORT ConnectError : public detail::error_of<ErrorKind::connect> {
 public:
  using error_of::error_of;
  ~ConnectError() override;
  /// The cause.
  ConnectProblem problem() const noexcept { return details().connect_problem; }
};

/// The TLS handshake failed, or the certificate did not verify. Never retried.
class COROCHAIN_EXPORT TlsError : public detail::error_of<ErrorKind::tls> {
 public:
  using error_of::error_of;
  ~TlsError() override;
};

/// A time limit passed. Not the same as cancelled.
class COROCHAIN_EXPORT TimeoutError : public detail::error_of<ErrorKind::timeout> {
 public:
  using error_of::error_of;
  ~TimeoutError() override;
  /// The phase in which the time was over.
  Phase phase() const noexcept { return details().phase; }
};

/// The caller stopped the call. Its code is `asio::error::operation_aborted`.
class COROCHAIN_EXPORT CancelledError : public detail::error_of<ErrorKind::cancelled> {
 public:
  using error_of::error_of;
  ~CancelledError() override;
  /// The number of the signal that stopped the run, 0 if it was no signal. See `RunOptions`.
  int signal() const noexcept { return details().signal; }
};

/// The bytes received are not HTTP.
class COROCHAIN_EXPORT ProtocolError : public detail::error_of<ErrorKind::protocol> {
 public:
  using error_of::error_of;
  ~ProtocolError() override;
};

/// The answer ended before it was complete.
class COROCHAIN_EXPORT TruncatedError : public detail::error_of<ErrorKind::truncated> {
 public:
  using error_of::error_of;
  ~TruncatedError() override;
  /// The part of the answer's text that had arrived.
  const std::string& partial_text() const noexcept { return details().text; }
};

/// The server sent more than a limit allows. The error's text names the limit.
class COROCHAIN_EXPORT TooLargeError : public detail::error_of<ErrorKind::too_large> {
 public:
  using error_of::error_of;
  ~TooLargeError() override;
};

/// The server answered with a status that is no success. Common statuses have their own types below.
class COROCHAIN_EXPORT HttpStatusError : public detail::error_of<ErrorKind::http_status> {
 public:
  using error_of::error_of;
  ~HttpStatusError() override;
  /// `error.code` of the answer, as the server spells it.
  const std::string& server_code() const noexcept { return details().server_code; }
};

/// 400: the request is wrong and stays wrong.
class COROCHAIN_EXPORT BadRequestError : public detail::error_of<ErrorKind::bad_request, HttpStatusError> {
 public:
  using error_of::error_of;
  ~BadRequestError() override;
  /// The parameter that the server objects to, if it names one.
  const std::string& param() const noexcept { return details().param; }
};

/// 401: the key or token is not accepted.
class COROCHAIN_EXPORT AuthenticationError
    : public detail::error_of<ErrorKind::authentication, HttpStatusError> {
 public:
  using error_of::error_of;
  ~AuthenticationError() override;
};

/// 403: the key or token is known and may not do this.
class COROCHAIN_EXPORT PermissionDeniedError
    : public detail::error_of<ErrorKind::permission_denied, HttpStatusError> {
 public:
  using error_of::error_of;
  ~PermissionDeniedError() override;
};

/// 404: no such deployment, or a wrong endpoint or api-version.
class COROCHAIN_EXPORT NotFoundError : public detail::error_of<ErrorKind::not_found, HttpStatusError> {
 public:
  using error_of::error_of;
  ~NotFoundError() override;
};

/// 409: the request conflicts with the state of the server.
class COROCHAIN_EXPORT ConflictError : public detail::error_of<ErrorKind::conflict, HttpStatusError> {
 public:
  using error_of::error_of;
  ~ConflictError() override;
};

/// 422: the server understands the request and cannot process it.
class COROCHAIN_EXPORT UnprocessableEntityError
    : public detail::error_of<ErrorKind::unprocessable_entity, HttpStatusError> {
 public:
  using error_of::error_of;
  ~UnprocessableEntityError() override;
};

/// 429: too many requests or tokens. `retry_after()` is the wait that the server advises.
class COROCHAIN_EXPORT RateLimitError : public detail::error_of<ErrorKind::rate_limit, HttpStatusError> {
 public:
  using error_of::error_of;
  ~RateLimitError() override;
};

/// 429 `insufficient_quota`: the account is used up. Never retried.
class COROCHAIN_EXPORT QuotaExceededError
    : public detail::error_of<ErrorKind::quota_exceeded, RateLimitError> {
 public:
  using error_of::error_of;
  ~QuotaExceededError() override;
};

/// 400: the messages and the asked-for answer exceed the model's context.
class COROCHAIN_EXPORT ContextLengthError
    : public detail::error_of<ErrorKind::context_length, BadRequestError> {
 public:
  using error_of::error_of;
  ~ContextLengthError() override;
};

/// The provider's content filter stopped the prompt (400) or the answer (200 with `finish_reason`
/// content_filter).
class COROCHAIN_EXPORT ContentFilterError
    : public detail::error_of<ErrorKind::content_filter, HttpStatusError> {
 public:
  using error_of::error_of;
  ~ContentFilterError() override;
  /// The categories that were filtered, as the server names them.
  const std::vector<std::string>& categories() const noexcept { return details().categories; }
  /// The part of the answer that had arrived.
  const std::string& partial_text() const noexcept { return details().text; }
  /// The usage of the call, if the server reported it.
  const std::optional<Usage>& usage() const noexcept { return details().usage; }
};

/// 5xx: the server failed.
class COROCHAIN_EXPORT ServerError : public detail::error_of<ErrorKind::server, HttpStatusError> {
 public:
  using error_of::error_of;
  ~ServerError() override;
};

/// A 200 whose body is no chat completion.
class COROCHAIN_EXPORT ResponseFormatError : public detail::error_of<ErrorKind::response_format> {
 public:
  using error_of::error_of;
  ~ResponseFormatError() override;
};

/// The model's text is not what the parser expects.
class COROCHAIN_EXPORT OutputParserError : public detail::error_of<ErrorKind::output_parser> {
 public:
  using error_of::error_of;
  ~OutputParserError() override;
  /// The text that could not be parsed.
  const std::string& text() const noexcept { return details().text; }
};

/// The template is invalid, or the values do not fit it.
class COROCHAIN_EXPORT PromptError : public detail::error_of<ErrorKind::prompt> {
 public:
  using error_of::error_of;
  ~PromptError() override;
  /// 0-based index of the message in the template.
  std::optional<std::size_t> message_index() const noexcept { return details().message_index; }
  /// 1-based byte in that message's template.
  std::optional<std::size_t> column() const noexcept { return details().column; }
  /// The names of the variables that the template has.
  const std::vector<std::string>& expected() const noexcept { return details().expected; }
  /// The names that it was given.
  const std::vector<std::string>& received() const noexcept { return details().received; }
};

/// The options or the environment cannot work. Found before anything is sent.
class COROCHAIN_EXPORT ConfigError : public detail::error_of<ErrorKind::config> {
 public:
  using error_of::error_of;
  ~ConfigError() override;
};

/// Throws the exception type that belongs to `kind`; for `ErrorKind::other`, which has none, a plain `Error`.
[[noreturn]] COROCHAIN_EXPORT void throw_error(ErrorKind kind, std::string message,
                                               ErrorDetails details = ErrorDetails());
/// The same as an exception pointer.
COROCHAIN_EXPORT std::exception_ptr make_error(ErrorKind kind, std::string message,
                                               ErrorDetails details = ErrorDetails());

}  // namespace corochain

template <>
struct boost::system::is_error_code_enum<corochain::ErrorKind> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<corochain::ErrorCondition> : std::true_type {};
