// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "runnables/retry_rule.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <stdexcept>

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
      if (failure.error()) return true;  // what alternatives ended with of which none is corochain's
      return failure.exception() && !is_mistake_of_the_program(failure.exception());
    case ErrorKind::connect:
    case ErrorKind::timeout:
    case ErrorKind::protocol:
    case ErrorKind::http_status:
    case ErrorKind::conflict:
    case ErrorKind::rate_limit:
    case ErrorKind::server: return failure.retryable() && failure.error()->attempts().empty();
    case ErrorKind::tls:
    case ErrorKind::cancelled:
    case ErrorKind::too_large:
    case ErrorKind::bad_request:
    case ErrorKind::authentication:
    case ErrorKind::permission_denied:
    case ErrorKind::not_found:
    case ErrorKind::unprocessable_entity:
    case ErrorKind::quota_exceeded:
    case ErrorKind::context_length:
    case ErrorKind::content_filter:
    case ErrorKind::prompt:
    case ErrorKind::config: return false;
  }
  return false;
}

namespace detail {

using duration = RetryOptions::duration;

duration backoff_of(const RetryOptions& options, std::size_t attempts, double uniform01) noexcept {
  if (!options.wait_exponential_jitter) return duration::zero();
  const duration most = std::max(options.max, duration::zero());
  const double share = uniform01 >= 0 ? std::min(uniform01, 1.0) : 0;  // also of NaN
  const double grown = static_cast<double>(options.initial.count()) *
                       std::pow(options.exp_base, static_cast<double>(attempts > 0 ? attempts - 1 : 0));
  const double wait = grown + static_cast<double>(options.jitter.count()) * share;
  if (!(wait > 0)) return duration::zero();  // also of NaN
  return wait < static_cast<double>(most.count()) ? duration(static_cast<duration::rep>(wait)) : most;
}

std::optional<duration> wait_before_retry(const RetryOptions& options, const Failure& failure,
                                          std::size_t attempts, duration time_left, double uniform01) {
  if (attempts >= options.stop_after_attempt || time_left <= duration::zero()) return std::nullopt;
  if (failure.kind() == ErrorKind::cancelled) return std::nullopt;
  if (!(options.retry_if ? options.retry_if(failure) : is_worth_a_retry(failure))) return std::nullopt;
  const duration wait =
      std::max(backoff_of(options, attempts, uniform01), failure.retry_after().value_or(duration::zero()));
  if (wait >= time_left) return std::nullopt;
  return wait;
}

}  // namespace detail
}  // namespace corochain
