// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "corochain/core/awaitable.hpp"
#include "corochain/core/export.hpp"
#include "corochain/observability/callbacks.hpp"
#include "corochain/runnables/chunk_source.hpp"
#include "corochain/runnables/detail/close_after_failure.hpp"
#include "corochain/runnables/run_config.hpp"
#include "corochain/runnables/step.hpp"

namespace corochain::detail {

/// Waits until all events so far are taken.
class COROCHAIN_EXPORT events_taken {
 public:
  virtual awaitable<void> wait() = 0;

 protected:
  ~events_taken() = default;
};

/// A call that is made for its events.
class COROCHAIN_EXPORT eventful_call {
 public:
  virtual ~eventful_call();
  /// Streams the call to its end, and waits after each chunk, so that it does not run ahead of the consumer.
  virtual awaitable<void> run(const call_context& context, std::shared_ptr<events_taken> events) = 0;
};

template <class In, class Out>
class eventful_stream final : public eventful_call {
 public:
  eventful_stream(std::shared_ptr<const step<In, Out>> of, In input)
      : step_(std::move(of)), input_(std::move(input)) {}
  awaitable<void> run(const call_context& context, std::shared_ptr<events_taken> events) override {
    auto chunks = step_->run_stream(std::move(input_), context);
    auto drained = drain(*chunks, std::move(events));
    co_await close_after_failure(std::move(drained), *chunks);
  }

 private:
  static awaitable<void> drain(chunk_source<chunk_of_t<Out>>& chunks, std::shared_ptr<events_taken> events) {
    for (;;) {
      std::optional<chunk_of_t<Out>> chunk;
      if (!chunks.take_ready(chunk)) co_await chunks.pull_into(chunk);
      if (!chunk) break;
      co_await events->wait();
    }
  }

  std::shared_ptr<const step<In, Out>> step_;
  In input_;
};

COROCHAIN_EXPORT chunk_source_ptr<RunEvent> make_event_source(std::shared_ptr<eventful_call> call,
                                                              RunConfig config);

}  // namespace corochain::detail
