// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <cstddef>

#include "concurrency/run_context.hpp"
#include "concurrency/run_settings.hpp"
#include "corochain/core/result.hpp"

namespace corochain::detail {

// Two loops retry, that of `with_retry` and that of a model call. Both tell the listeners by this.

/// Whether there are listeners for an attempt of the run around work under `context`, which may be null.
inline bool hears_of_retries(const run_context* context) noexcept {
  return context && context->around && context->settings && !context->settings->listeners.empty();
}

/// Tells the listeners that the run around work under `context` goes on with attempt number `next`, after
/// `wait`.
inline void tell_of_retry(const run_context& context, const Failure& failure, std::size_t next,
                          std::chrono::steady_clock::duration wait) {
  run_event_state event;
  event.kind = RunEventKind::retried;
  event.run = context.around;
  event.error = failure;
  event.attempt = next;
  event.wait = wait;
  notify(context.settings->listeners, std::move(event));
}

}  // namespace corochain::detail
