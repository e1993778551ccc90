// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/system/result.hpp>
#include <concepts>
#include <exception>
#include <iosfwd>
#include <memory>
#include <string>

#include "corochain/core/error.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// An exception as a value. Its kind, its message and all that its type knows can be read without a throw:
/// `if (const auto* late = failure.as<cc::TimeoutError>()) show(late->phase());`. A detail that the exception
/// does not have is empty or 0.
///
/// Cheap to copy; const access is safe from several threads. References and pointers into it are valid as
/// long as one copy of the Failure lives.
class COROCHAIN_EXPORT Failure {
 public:
  using duration = std::chrono::steady_clock::duration;
  /// No failure. `error()` of a result with a value returns this.
  Failure() noexcept = default;
  /// Keeps `exception` (not null) and determines its kind once.
  explicit Failure(std::exception_ptr exception);

  /// `ErrorKind::other` for an exception that is not corochain's.
  ErrorKind kind() const noexcept;
  /// The exception's `what()`.
  const std::string& message() const noexcept;
  /// The exception itself, if its type is `E` or derived from it; else null. Any exception type can be asked
  /// for that is derived from `std::exception`.
  template <std::derived_from<std::exception> E>
  const E* as() const noexcept {
    return dynamic_cast<const E*>(object());
  }
  /// The exception itself as an `Error`, with its type: `as<Error>()`. Null for an exception that is not
  /// corochain's.
  const Error* error() const noexcept;
  const std::exception_ptr& exception() const noexcept;

  /// The details of the `Error`; empty ones for an exception that is not corochain's.
  const ErrorDetails& details() const noexcept;
  bool retryable() const noexcept { return details().retryable; }
  int http_status() const noexcept { return details().http_status; }
  std::optional<duration> retry_after() const noexcept { return details().retry_after; }
  const std::string& request_id() const noexcept { return details().request_id; }
  const std::vector<AttemptRecord>& attempts() const noexcept { return details().attempts; }
  const std::string& server_message() const noexcept { return details().server_message; }
  const boost::system::error_code& cause() const noexcept { return details().cause; }
  const std::vector<std::exception_ptr>& earlier() const noexcept { return details().earlier; }
  /// The phase in which the time was over, in a `TimeoutError`.
  Phase phase() const noexcept { return details().phase; }
  /// The cause, in a `ConnectError`.
  ConnectProblem problem() const noexcept { return details().connect_problem; }
  /// The text that could not be parsed, in an `OutputParserError`.
  const std::string& text() const noexcept { return details().text; }
  /// The part of the answer that had arrived, in a `TruncatedError` or a `ContentFilterError`.
  const std::string& partial_text() const noexcept { return details().text; }
  /// The categories that were filtered, in a `ContentFilterError`.
  const std::vector<std::string>& categories() const noexcept { return details().categories; }
  /// The usage of the failed call, if the server reported it.
  const std::optional<Usage>& usage() const noexcept { return details().usage; }
  /// `error.code` of the answer, in an `HttpStatusError`.
  const std::string& server_code() const noexcept { return details().server_code; }
  /// The parameter that the server objects to, in a `BadRequestError`.
  const std::string& param() const noexcept { return details().param; }
  /// Throws the original exception.
  [[noreturn]] void rethrow() const;

  /// Writes kind and message: "rate_limit: too many requests".
  COROCHAIN_EXPORT friend std::ostream& operator<<(std::ostream& out, const Failure& failure);

 private:
  /// The exception itself, or null if it is not derived from `std::exception`.
  const std::exception* object() const noexcept;

  struct state;
  std::shared_ptr<const state> state_;
};

/// `boost::system::result` finds this function: `value()` of a failed result throws the original exception.
[[noreturn]] COROCHAIN_EXPORT void throw_exception_from_error(const Failure& failure,
                                                              const boost::source_location& location);

/// A value or the failure that came instead: `if (r) use(*r); else log(r.error().message());`.
template <class T>
using Result = boost::system::result<T, Failure>;

namespace detail {
/// Writes text, so that this header needs no `<ostream>`.
COROCHAIN_EXPORT std::ostream& write_text(std::ostream& out, const char* text);
}  // namespace detail

/// Writes the value, or the failure that came instead; a remark if the type of the value has no `<<`.
template <class T>
std::ostream& operator<<(std::ostream& out, const Result<T>& result) {
  if (!result) return out << result.error();
  if constexpr (requires { out << *result; })
    return out << *result;
  else
    return detail::write_text(out, "(a value without a text)");
}
COROCHAIN_EXPORT std::ostream& operator<<(std::ostream& out, const Result<void>& result);

}  // namespace corochain
