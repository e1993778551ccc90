// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/result.hpp"

#include <optional>
#include <stdexcept>

namespace corochain {

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
bool Failure::retryable() const noexcept { return error() && error()->retryable(); }
int Failure::http_status() const noexcept { return error() ? error()->http_status() : 0; }
std::optional<Failure::duration> Failure::retry_after() const noexcept {
  return error() ? error()->retry_after() : std::nullopt;
}
const std::string& Failure::request_id() const noexcept {
  static const std::string none;
  return error() ? error()->request_id() : none;
}
const std::string& Failure::message() const noexcept {
  static const std::string none = "no failure";
  return state_ ? state_->message : none;
}
const Error* Failure::error() const noexcept { return state_ && state_->error ? &*state_->error : nullptr; }
const std::exception_ptr& Failure::exception() const noexcept {
  static const std::exception_ptr none;
  return state_ ? state_->exception : none;
}
void Failure::rethrow() const {
  if (!state_) throw std::logic_error("rethrow of a Failure that holds none");
  std::rethrow_exception(state_->exception);
}

void throw_exception_from_error(const Failure& failure, const boost::source_location&) { failure.rethrow(); }

}  // namespace corochain
