// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/result.hpp"

#include <optional>
#include <stdexcept>

// Failure: an exception as a value. A batch holds one for each item that failed, and reports and listeners
// ask it for kind and text. Reading them needs a rethrow, which is slow, so the constructor does it once.
namespace corochain {

/// Never changed once it is made, so that threads may share it.
struct Failure::state {
  std::exception_ptr exception;
  std::optional<Error> error;
  ErrorKind kind = ErrorKind::other;
  std::string message;
};

Failure::Failure(std::exception_ptr exception) {
  auto found = std::make_shared<state>();
  found->exception = std::move(exception);
  try {
    // The handlers below keep and describe this exception instead of the one that is missing.
    if (!found->exception) throw std::invalid_argument("a Failure needs an exception");
    std::rethrow_exception(found->exception);
  } catch (const Error& error) {
    // Slicing is intended: the copy shares the details, and the exception pointer keeps the type.
    found->error.emplace(error);
    found->kind = error.kind();
    found->message = error.what();
  } catch (const std::exception& error) {
    if (!found->exception) found->exception = std::current_exception();
    found->message = error.what();
  } catch (...) {
    found->message = "an exception of an unknown type";
  }
  state_ = std::move(found);
}

ErrorKind Failure::kind() const noexcept { return state_ ? state_->kind : ErrorKind::other; }
// An exception that is not corochain's has none of these: it is never retryable and has no status.
bool Failure::retryable() const noexcept { return error() && error()->retryable(); }
int Failure::http_status() const noexcept { return error() ? error()->http_status() : 0; }
std::optional<Failure::duration> Failure::retry_after() const noexcept {
  return error() ? error()->retry_after() : std::nullopt;
}
// The functions return references, so a Failure without an error needs empty objects that live as long.
const std::string& Failure::request_id() const noexcept {
  static const std::string none;
  return error() ? error()->request_id() : none;
}
/// The text was copied at construction, so it can be read while other threads handle the exception.
const std::string& Failure::message() const noexcept {
  static const std::string none = "no failure";
  return state_ ? state_->message : none;
}
const Error* Failure::error() const noexcept { return state_ && state_->error ? &*state_->error : nullptr; }
const std::exception_ptr& Failure::exception() const noexcept {
  static const std::exception_ptr none;
  return state_ ? state_->exception : none;
}
/// A Failure without an exception is a mistake of the program, so it is a logic_error.
void Failure::rethrow() const {
  if (!state_) throw std::logic_error("rethrow of a Failure that holds none");
  std::rethrow_exception(state_->exception);
}

// Found by Boost.System through the argument's namespace. The location is not needed: the original exception
// is thrown, which knows more.
void throw_exception_from_error(const Failure& failure, const boost::source_location&) { failure.rethrow(); }

}  // namespace corochain
