// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/retry_options.hpp"

#include <exception>
#include <new>
#include <stdexcept>

#include "corochain/core/error.hpp"
#include "corochain/core/result.hpp"

namespace corochain {
namespace {

bool is_mistake_of_the_program(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::logic_error&) {
    return true;
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

bool is_worth_a_retry(const Failure& failure) {
  switch (failure.kind()) {
    case ErrorKind::output_parser:
    case ErrorKind::response_format:
    case ErrorKind::truncated: return true;
    case ErrorKind::other:
      // An `Error` of this kind wraps a failure that is no `Error`, and those of the attempts before it.
      if (failure.error()) return true;
      return failure.exception() && !is_mistake_of_the_program(failure.exception());
    case ErrorKind::connect:
    case ErrorKind::timeout:
    case ErrorKind::protocol:
    case ErrorKind::http_status:
    case ErrorKind::conflict:
    case ErrorKind::rate_limit:
    case ErrorKind::server: return failure.retryable() && failure.error()->attempts().empty();
    default: return false;
  }
}

}  // namespace corochain
