// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/error.hpp"

#include <cerrno>

namespace corochain {
namespace {

class kind_category final : public boost::system::error_category {
 public:
  kind_category()
      // The id makes categories equal across copies of the library in one process.
      : error_category(0x3b1d5f0a9c2e4711) {}
  const char* name() const noexcept override { return "corochain"; }
  std::string message(int code) const override { return to_string(static_cast<ErrorKind>(code)); }
  boost::system::error_condition default_error_condition(int code) const noexcept override {
    if (code == static_cast<int>(ErrorKind::timeout))
      return boost::system::errc::make_error_condition(boost::system::errc::timed_out);
    return {code, *this};
  }
};

bool belongs(ErrorKind kind, ErrorCondition condition) noexcept {
  switch (kind) {
    case ErrorKind::cancelled: return condition == ErrorCondition::cancelled;
    case ErrorKind::timeout: return condition == ErrorCondition::timeout;
    case ErrorKind::connect:
    case ErrorKind::tls:
    case ErrorKind::protocol:
    case ErrorKind::truncated: return condition == ErrorCondition::connection;
    case ErrorKind::bad_request:
    case ErrorKind::authentication:
    case ErrorKind::permission_denied:
    case ErrorKind::not_found:
    case ErrorKind::conflict:
    case ErrorKind::unprocessable_entity:
    case ErrorKind::quota_exceeded:
    case ErrorKind::context_length:
    case ErrorKind::http_status: return condition == ErrorCondition::rejected;
    case ErrorKind::rate_limit:
      return condition == ErrorCondition::overloaded || condition == ErrorCondition::rejected;
    case ErrorKind::server: return condition == ErrorCondition::overloaded;
    case ErrorKind::too_large:
    case ErrorKind::response_format:
    case ErrorKind::output_parser:
    case ErrorKind::content_filter: return condition == ErrorCondition::bad_answer;
    case ErrorKind::prompt:
    case ErrorKind::config: return condition == ErrorCondition::bad_input;
    case ErrorKind::other: return false;
  }
  return false;
}

class group_category final : public boost::system::error_category {
 public:
  group_category() : error_category(0x3b1d5f0a9c2e4712) {}
  const char* name() const noexcept override { return "corochain.condition"; }
  std::string message(int condition) const override {
    switch (static_cast<ErrorCondition>(condition)) {
      case ErrorCondition::cancelled: return "cancelled";
      case ErrorCondition::timeout: return "timeout";
      case ErrorCondition::connection: return "connection";
      case ErrorCondition::rejected: return "rejected";
      case ErrorCondition::overloaded: return "overloaded";
      case ErrorCondition::bad_answer: return "bad answer";
      case ErrorCondition::bad_input: return "bad input";
    }
    return "unknown";
  }
  bool equivalent(const boost::system::error_code& code, int condition) const noexcept override {
    const auto group = static_cast<ErrorCondition>(condition);
    if (code.category() == corochain::error_category())
      return belongs(static_cast<ErrorKind>(code.value()), group);
    if (code == boost::system::errc::operation_canceled) return group == ErrorCondition::cancelled;
    if (code == boost::system::errc::timed_out) return group == ErrorCondition::timeout;
    return false;
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const kind_category category;
  return category;
}

const boost::system::error_category& condition_category() noexcept {
  static const group_category category;
  return category;
}

boost::system::error_code make_error_code(ErrorKind kind) noexcept {
  return {static_cast<int>(kind), error_category()};
}

boost::system::error_condition make_error_condition(ErrorCondition condition) noexcept {
  return {static_cast<int>(condition), condition_category()};
}

const char* to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::connect: return "connect";
    case ErrorKind::tls: return "tls";
    case ErrorKind::timeout: return "timeout";
    case ErrorKind::cancelled: return "cancelled";
    case ErrorKind::protocol: return "protocol";
    case ErrorKind::truncated: return "truncated";
    case ErrorKind::too_large: return "too_large";
    case ErrorKind::http_status: return "http_status";
    case ErrorKind::bad_request: return "bad_request";
    case ErrorKind::authentication: return "authentication";
    case ErrorKind::permission_denied: return "permission_denied";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::unprocessable_entity: return "unprocessable_entity";
    case ErrorKind::rate_limit: return "rate_limit";
    case ErrorKind::quota_exceeded: return "quota_exceeded";
    case ErrorKind::context_length: return "context_length";
    case ErrorKind::content_filter: return "content_filter";
    case ErrorKind::server: return "server";
    case ErrorKind::response_format: return "response_format";
    case ErrorKind::output_parser: return "output_parser";
    case ErrorKind::prompt: return "prompt";
    case ErrorKind::config: return "config";
    case ErrorKind::other: return "other";
  }
  return "unknown";
}

const char* to_string(Phase phase) noexcept {
  switch (phase) {
    case Phase::none: return "none";
    case Phase::queued: return "queued";
    case Phase::limited: return "limited";
    case Phase::backoff: return "backoff";
    case Phase::resolve: return "resolve";
    case Phase::connect: return "connect";
    case Phase::proxy: return "proxy";
    case Phase::tls_handshake: return "TLS handshake";
    case Phase::send: return "send";
    case Phase::first_byte: return "first byte";
    case Phase::body: return "body";
    case Phase::stream: return "stream";
    case Phase::batch: return "batch";
    case Phase::run: return "run";
  }
  return "unknown";
}

ErrorDetails::ErrorDetails() = default;
ErrorDetails::ErrorDetails(const ErrorDetails& other) = default;
ErrorDetails::ErrorDetails(ErrorDetails&& other) noexcept = default;
ErrorDetails& ErrorDetails::operator=(const ErrorDetails& other) = default;
ErrorDetails& ErrorDetails::operator=(ErrorDetails&& other) noexcept = default;
ErrorDetails::~ErrorDetails() = default;

namespace {
// A cancelled call reports the code that Asio's own operations report.
boost::system::error_code code_of(ErrorKind kind) noexcept {
  if (kind == ErrorKind::cancelled) return {ECANCELED, boost::system::system_category()};
  return make_error_code(kind);
}
}  // namespace

Error::Error(ErrorKind kind, std::string message, ErrorDetails details)
    : system_error(code_of(kind)),
      kind_(kind),
      details_(std::make_shared<const ErrorDetails>(std::move(details))),
      message_(std::make_shared<const std::string>(std::move(message))) {}

Error::~Error() = default;

const char* Error::what() const noexcept { return message_->c_str(); }

ConnectError::~ConnectError() = default;
TlsError::~TlsError() = default;
TimeoutError::~TimeoutError() = default;
CancelledError::~CancelledError() = default;
ProtocolError::~ProtocolError() = default;
TruncatedError::~TruncatedError() = default;
TooLargeError::~TooLargeError() = default;
HttpStatusError::~HttpStatusError() = default;
BadRequestError::~BadRequestError() = default;
AuthenticationError::~AuthenticationError() = default;
PermissionDeniedError::~PermissionDeniedError() = default;
NotFoundError::~NotFoundError() = default;
ConflictError::~ConflictError() = default;
UnprocessableEntityError::~UnprocessableEntityError() = default;
RateLimitError::~RateLimitError() = default;
QuotaExceededError::~QuotaExceededError() = default;
ContextLengthError::~ContextLengthError() = default;
ContentFilterError::~ContentFilterError() = default;
ServerError::~ServerError() = default;
ResponseFormatError::~ResponseFormatError() = default;
OutputParserError::~OutputParserError() = default;
PromptError::~PromptError() = default;
ConfigError::~ConfigError() = default;

void throw_error(ErrorKind kind, std::string message, ErrorDetails details) {
  switch (kind) {
    case ErrorKind::connect: throw ConnectError(std::move(message), std::move(details));
    case ErrorKind::tls: throw TlsError(std::move(message), std::move(details));
    case ErrorKind::timeout: throw TimeoutError(std::move(message), std::move(details));
    case ErrorKind::cancelled: throw CancelledError(std::move(message), std::move(details));
    case ErrorKind::protocol: throw ProtocolError(std::move(message), std::move(details));
    case ErrorKind::truncated: throw TruncatedError(std::move(message), std::move(details));
    case ErrorKind::too_large: throw TooLargeError(std::move(message), std::move(details));
    case ErrorKind::http_status: throw HttpStatusError(std::move(message), std::move(details));
    case ErrorKind::bad_request: throw BadRequestError(std::move(message), std::move(details));
    case ErrorKind::authentication: throw AuthenticationError(std::move(message), std::move(details));
    case ErrorKind::permission_denied: throw PermissionDeniedError(std::move(message), std::move(details));
    case ErrorKind::not_found: throw NotFoundError(std::move(message), std::move(details));
    case ErrorKind::conflict: throw ConflictError(std::move(message), std::move(details));
    case ErrorKind::unprocessable_entity:
      throw UnprocessableEntityError(std::move(message), std::move(details));
    case ErrorKind::rate_limit: throw RateLimitError(std::move(message), std::move(details));
    case ErrorKind::quota_exceeded: throw QuotaExceededError(std::move(message), std::move(details));
    case ErrorKind::context_length: throw ContextLengthError(std::move(message), std::move(details));
    case ErrorKind::content_filter: throw ContentFilterError(std::move(message), std::move(details));
    case ErrorKind::server: throw ServerError(std::move(message), std::move(details));
    case ErrorKind::response_format: throw ResponseFormatError(std::move(message), std::move(details));
    case ErrorKind::output_parser: throw OutputParserError(std::move(message), std::move(details));
    case ErrorKind::prompt: throw PromptError(std::move(message), std::move(details));
    case ErrorKind::config: throw ConfigError(std::move(message), std::move(details));
    case ErrorKind::other: break;
  }
  throw Error(kind, std::move(message), std::move(details));
}

std::exception_ptr make_error(ErrorKind kind, std::string message, ErrorDetails details) {
  try {
    throw_error(kind, std::move(message), std::move(details));
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace corochain
