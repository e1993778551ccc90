// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <boost/system/result.hpp>
#include <exception>
#include <memory>
#include <string>

#include "corochain/core/error.hpp"
#include "corochain/core/export.hpp"

namespace corochain {

/// An exception as a value. Its kind and message can be read without a throw.
///
/// Cheap to copy; const access is safe from several threads.
class COROCHAIN_EXPORT Failure {
 public:
  using duration = std::chrono::steady_clock::duration;
  /// No failure. `error()` of a result with a value returns this.
  Failure() noexcept = default;
  /// Keeps `exception` (not null) and determines its kind once.
  explicit Failure(std::exception_ptr exception);

  /// `ErrorKind::other` for an exception that is not corochain's.
  ErrorKind kind() const noexcept;
  bool retryable() const noexcept;
  int http_status() const noexcept;
  std::optional<duration> retry_after() const noexcept;
  const std::string& request_id() const noexcept;
  /// The exception's `what()`.
  const std::string& message() const noexcept;
  /// The exception as an `Error`, or null for an exception that is not corochain's.
  const Error* error() const noexcept;
  const std::exception_ptr& exception() const noexcept;
  /// Throws the original exception.
  [[noreturn]] void rethrow() const;

 private:
  struct state;
  std::shared_ptr<const state> state_;
};

/// `boost::system::result` finds this function: `value()` of a failed result throws the original exception.
[[noreturn]] COROCHAIN_EXPORT void throw_exception_from_error(const Failure& failure,
                                                              const boost::source_location& location);

/// A value or the failure that came instead: `if (r) use(*r); else log(r.error().message());`.
template <class T>
using Result = boost::system::result<T, Failure>;

}  // namespace corochain
