// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/retry_options.hpp"

#include <exception>
#include <new>
#include <stdexcept>

#include "corochain/core/error.hpp"
#include "corochain/core/result.hpp"

// The default rule of `with_retry`: which failures another attempt may mend. How often and when is in
// retry_rule.cpp. The rule of a model's own client is another one, in codec/retry: it knows whether bytes
// were sent.
namespace corochain {
namespace {

/// Whether the program itself is wrong, or out of memory: it would fail in the same way again. A throw is the
/// only way to ask an `exception_ptr` for its type.
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

// A list of kinds and not `retryable()` alone: that says whether the same request could succeed later, which
// is the client's business. The question here is whether another answer could be better.
bool is_worth_a_retry(const Failure& failure) {
  switch (failure.kind()) {
    // A model that is asked anew may give an answer that can be read.
    case ErrorKind::output_parser:
    case ErrorKind::response_format:
    case ErrorKind::truncated: return true;
    case ErrorKind::other:
      // An `Error` of this kind wraps a failure that is no `Error`, and those of the attempts before it.
      if (failure.error()) return true;
      // An empty Failure has no exception, and is not worth anything.
      return failure.exception() && !is_mistake_of_the_program(failure.exception());
    // A model's client records its attempts. Without any, the error comes from a step of the user's, which
    // has no retries of its own.
    case ErrorKind::connect:
    case ErrorKind::timeout:
    case ErrorKind::protocol:
    case ErrorKind::http_status:
    case ErrorKind::conflict:
    case ErrorKind::rate_limit:
    case ErrorKind::server: return failure.retryable() && failure.error()->attempts().empty();
    // Refused requests, credentials, quota, content filters, mistakes in prompts and settings, and cancels.
    default: return false;
  }
}

}  // namespace corochain
