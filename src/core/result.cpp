// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/result.hpp"

#include <ostream>
#include <stdexcept>

// Failure: an exception as a value. A batch holds one for each item that failed, and reports and listeners
// ask it for kind and text. Reading them needs a rethrow, which is slow, so the constructor does it once.
namespace corochain {

/// Never changed once it is made, so that threads may share it.
struct Failure::state {
  std::exception_ptr exception;
  // The exception itself, which `exception` keeps alive: a rethrow throws the same object again.
  const std::exception* object = nullptr;
  const Error* error = nullptr;
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
    found->object = found->error = &error;
    found->kind = error.kind();
    found->message = error.what();
  } catch (const std::exception& error) {
    if (!found->exception) found->exception = std::current_exception();
    found->object = &error;
    found->message = error.what();
  } catch (...) {
    found->message = "an exception of an unknown type";
  }
  state_ = std::move(found);
}

ErrorKind Failure::kind() const noexcept { return state_ ? state_->kind : ErrorKind::other; }
/// The text was copied at construction, so it can be read while other threads handle the exception.
const std::string& Failure::message() const noexcept {
  static const std::string none = "no failure";
  return state_ ? state_->message : none;
}
const std::exception* Failure::object() const noexcept { return state_ ? state_->object : nullptr; }
const Error* Failure::error() const noexcept { return state_ ? state_->error : nullptr; }
// A reference, so a Failure without an error needs empty details that live as long.
const ErrorDetails& Failure::details() const noexcept {
  static const ErrorDetails none;
  return error() ? error()->details() : none;
}
const std::exception_ptr& Failure::exception() const noexcept {
  static const std::exception_ptr none;
  return state_ ? state_->exception : none;
}
/// A Failure without an exception is a mistake of the program, so it is a logic_error.
void Failure::rethrow() const {
  if (!state_) throw std::logic_error("rethrow of a Failure that holds none");
  std::rethrow_exception(state_->exception);
}

std::ostream& operator<<(std::ostream& out, const Failure& failure) {
  return out << to_string(failure.kind()) << ": " << failure.message();
}
std::ostream& operator<<(std::ostream& out, const Result<void>& result) {
  if (!result) return out << result.error();
  return out << "(no value)";
}
std::ostream& detail::write_text(std::ostream& out, const char* text) { return out << text; }

// Found by Boost.System through the argument's namespace. The location is not needed: the original exception
// is thrown, which knows more.
void throw_exception_from_error(const Failure& failure, const boost::source_location&) { failure.rethrow(); }

}  // namespace corochain
