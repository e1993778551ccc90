// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>
#include <utility>

#include "core/connecting_phase.hpp"
#include "core/enum_name.hpp"

// The exception types, the codes and the conditions of errors. The table `kinds` is the one place that knows
// all kinds: names, groups and throw_error() read it. codec and transport make errors with throw_error() and
// make_error(), because there the kind comes from a table or from the wire.
namespace corochain {
namespace {

/// The category of `ErrorKind`: the code of an Error, and of a `Failure` that holds one.
class kind_category final : public boost::system::error_category {
 public:
  kind_category()
      // The id makes categories equal across copies of the library in one process.
      : error_category(0x3b1d5f0a9c2e4711) {}
  const char* name() const noexcept override { return "corochain"; }
  std::string message(int code) const override { return to_string(static_cast<ErrorKind>(code)); }
  boost::system::error_condition default_error_condition(int code) const noexcept override {
    // A program that only knows the codes of the standard can test for a timeout, too.
    if (code == static_cast<int>(ErrorKind::timeout))
      return boost::system::errc::make_error_condition(boost::system::errc::timed_out);
    return {code, *this};
  }
};

/// All that the library knows of one kind of error.
struct kind_row {
  ErrorKind kind;
  /// As `to_string` returns it. Reports hold it and programs compare it, so it never changes.
  const char* name;
  /// The group of the kind.
  ErrorCondition condition;
  /// Whether an error of this kind is retryable, unless its maker says otherwise. Timeouts depend on the
  /// phase. `codec/retry/retry_policy` decides on attempts, by their status and by what was sent, which an
  /// error does not know; retry_policy_test.cpp compares the two.
  bool retryable;
  /// Throws the exception type of this kind. Null if it has none.
  void (*raise)(std::string message, ErrorDetails details);
};

/// The row of an exception type. The type knows its kind; name and group are given.
template <class E>
constexpr kind_row row_of_type(const char* name, ErrorCondition condition, bool retryable = false) {
  return {E::static_kind, name, condition, retryable,
          [](std::string message, ErrorDetails details) { throw E(std::move(message), std::move(details)); }};
}

/// In the order of `ErrorKind`, so that `row_of` finds a row by its index. A new kind is one line here.
constexpr std::array kinds{
    row_of_type<ConnectError>("connect", ErrorCondition::connection, true),
    row_of_type<TlsError>("tls", ErrorCondition::connection),
    row_of_type<TimeoutError>("timeout", ErrorCondition::timeout),
    row_of_type<CancelledError>("cancelled", ErrorCondition::cancelled),
    row_of_type<ProtocolError>("protocol", ErrorCondition::connection),
    row_of_type<TruncatedError>("truncated", ErrorCondition::connection),
    row_of_type<TooLargeError>("too_large", ErrorCondition::bad_answer),
    row_of_type<HttpStatusError>("http_status", ErrorCondition::rejected),
    row_of_type<BadRequestError>("bad_request", ErrorCondition::rejected),
    row_of_type<AuthenticationError>("authentication", ErrorCondition::rejected),
    row_of_type<PermissionDeniedError>("permission_denied", ErrorCondition::rejected),
    row_of_type<NotFoundError>("not_found", ErrorCondition::rejected),
    row_of_type<ConflictError>("conflict", ErrorCondition::rejected, true),
    row_of_type<UnprocessableEntityError>("unprocessable_entity", ErrorCondition::rejected),
    row_of_type<RateLimitError>("rate_limit", ErrorCondition::overloaded, true),
    row_of_type<QuotaExceededError>("quota_exceeded", ErrorCondition::rejected),
    row_of_type<ContextLengthError>("context_length", ErrorCondition::rejected),
    row_of_type<ContentFilterError>("content_filter", ErrorCondition::bad_answer),
    row_of_type<ServerError>("server", ErrorCondition::overloaded, true),
    row_of_type<ResponseFormatError>("response_format", ErrorCondition::bad_answer),
    row_of_type<OutputParserError>("output_parser", ErrorCondition::bad_answer),
    row_of_type<PromptError>("prompt", ErrorCondition::bad_input),
    row_of_type<ConfigError>("config", ErrorCondition::bad_input),
    // 0 is no enumerator of ErrorCondition: this kind belongs to no group.
    kind_row{ErrorKind::other, "other", ErrorCondition{}, false, nullptr},
};

/// The row of the kind. Null for a value that is no enumerator: a code may come from a later version.
constexpr const kind_row* row_of(ErrorKind kind) noexcept {
  // The first kind is 1, because a code of 0 would mean success. For 0 the index is too large.
  const auto index = static_cast<std::size_t>(kind) - 1;
  return index < kinds.size() ? &kinds[index] : nullptr;
}

static_assert(std::all_of(kinds.begin(), kinds.end(),
                          [](const kind_row& row) { return row_of(row.kind) == &row; }));

/// The details with what the kind says where their maker said nothing.
ErrorDetails completed(ErrorKind kind, ErrorDetails details) {
  if (details.retryable.is_set()) return details;
  const kind_row* const row = row_of(kind);
  details.retryable =
      kind == ErrorKind::timeout ? detail::is_connecting(details.phase) : row && row->retryable;
  return details;
}

/// True if the condition is true of errors of this kind.
bool belongs(ErrorKind kind, ErrorCondition condition) noexcept {
  // A rate limit is the one kind of two groups: it is a 4xx, too.
  if (kind == ErrorKind::rate_limit && condition == ErrorCondition::rejected) return true;
  const kind_row* const row = row_of(kind);
  return row && row->raise && row->condition == condition;
}

/// The category of `ErrorCondition`. Comparing a code with a condition calls `equivalent` below.
class group_category final : public boost::system::error_category {
 public:
  group_category() : error_category(0x3b1d5f0a9c2e4712) {}
  const char* name() const noexcept override { return "corochain.condition"; }
  std::string message(int condition) const override {
    std::string words = to_string(static_cast<ErrorCondition>(condition));
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
  }
  bool equivalent(const boost::system::error_code& code, int condition) const noexcept override {
    const auto group = static_cast<ErrorCondition>(condition);
    if (code.category() == corochain::error_category())
      return belongs(static_cast<ErrorKind>(code.value()), group);
    // Codes of Asio and of the system, from operations that are not corochain's.
    if (code == boost::system::errc::operation_canceled) return group == ErrorCondition::cancelled;
    if (code == boost::system::errc::timed_out) return group == ErrorCondition::timeout;
    return false;
  }
};

// A cancelled call reports the code that Asio's own operations report.
boost::system::error_code code_of(ErrorKind kind) noexcept {
  if (kind == ErrorKind::cancelled) return {ECANCELED, boost::system::system_category()};
  return make_error_code(kind);
}

}  // namespace

// The categories are static objects of these functions, so they exist for static objects that throw, too.
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

// Boost.System finds both functions by the namespace of their argument, for comparisons with enumerators.
boost::system::error_condition make_error_condition(ErrorCondition condition) noexcept {
  return {static_cast<int>(condition), condition_category()};
}

/// Also the text of the code: `error.code().message()`.
const char* to_string(ErrorKind kind) noexcept {
  const kind_row* const row = row_of(kind);
  return row ? row->name : "unknown";
}

const char* to_string(ErrorCondition condition) noexcept {
  // 0 is no condition.
  return detail::name_of<ErrorCondition::bad_input>(
      condition,
      {"unknown", "cancelled", "timeout", "connection", "rejected", "overloaded", "bad_answer", "bad_input"});
}

const char* to_string(ConnectProblem problem) noexcept {
  return detail::name_of<ConnectProblem::other>(
      problem, {"none", "dns", "refused", "unreachable", "reset", "timeout", "too_many_files", "no_port",
                "proxy", "draining", "other"});
}

std::ostream& operator<<(std::ostream& out, ErrorKind kind) { return out << to_string(kind); }
std::ostream& operator<<(std::ostream& out, ErrorCondition condition) { return out << to_string(condition); }
std::ostream& operator<<(std::ostream& out, ConnectProblem problem) { return out << to_string(problem); }

// Compiled here once, because every throw in a program would compile copies of some twenty fields.
ErrorDetails::ErrorDetails() = default;
ErrorDetails::ErrorDetails(const ErrorDetails& other) = default;
ErrorDetails::ErrorDetails(ErrorDetails&& other) noexcept = default;
ErrorDetails& ErrorDetails::operator=(const ErrorDetails& other) = default;
ErrorDetails& ErrorDetails::operator=(ErrorDetails&& other) noexcept = default;
ErrorDetails::~ErrorDetails() = default;

// Details and message are shared, because the copy of an exception must not throw. A throw there would end
// the program, and Failure and a catch by value make such copies.
Error::Error(ErrorKind kind, std::string message, ErrorDetails details)
    : system_error(code_of(kind)),
      kind_(kind),
      details_(std::make_shared<const ErrorDetails>(completed(kind, std::move(details)))),
      message_(std::make_shared<const std::string>(std::move(message))) {}

Error::~Error() = default;

const char* Error::what() const noexcept { return message_->c_str(); }

// Each destructor is the key function of its class: it keeps the type information in this library alone,
// where all shared libraries of a process find it. Otherwise a plugin would have a copy, and a catch that
// compares addresses of type information would not match. tests/shared_border looks at this.
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

/// `other`, and a value that is no enumerator, have no exception type of their own and are a plain Error.
void throw_error(ErrorKind kind, std::string message, ErrorDetails details) {
  const kind_row* const row = row_of(kind);
  // `raise` does not return.
  if (row && row->raise) row->raise(std::move(message), std::move(details));
  throw Error(kind, std::move(message), std::move(details));  // NOLINT(bugprone-use-after-move)
}

/// Throws and catches, because make_exception_ptr needs the static type, which only the table knows.
std::exception_ptr make_error(ErrorKind kind, std::string message, ErrorDetails details) {
  try {
    throw_error(kind, std::move(message), std::move(details));
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace corochain
