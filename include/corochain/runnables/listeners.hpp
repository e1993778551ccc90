// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/core/export.hpp"
#include "corochain/observability/callbacks.hpp"
#include "corochain/runnables/detail/listeners.hpp"

namespace corochain {

class RunConfig;

/// Functions that are told of the runs of one runnable, and not of what those call: see `Runnable::with_listeners`.
///
///     auto heard = chain.with_listeners(Listeners()
///                                           .on_start([](const RunEvent& event) { ... })
///                                           .on_end([](const RunEvent& event) { use(event.data()); }));
///
/// Each takes a `const RunEvent&`. They are called like a `CallbackHandler`: one at a time, in the order of the events,
/// on a thread of their own that never slows or fails the run; given to two runnables, on one for each. What one throws
/// becomes a line "callback.failed" in the log.
class COROCHAIN_EXPORT Listeners {
 public:
  Listeners();

  /// Is told when a run begins; `data()` is its input.
  template <class F>
  Listeners& on_start(F function) {
    start_ = std::make_shared<detail::event_function_of<F>>(std::move(function));
    return *this;
  }
  /// Is told when a run has ended without a failure; `data()` is its answer.
  template <class F>
  Listeners& on_end(F function) {
    end_ = std::make_shared<detail::event_function_of<F>>(std::move(function));
    return *this;
  }
  /// Is told when a run has failed or was cancelled; `error()` says why.
  template <class F>
  Listeners& on_error(F function) {
    error_ = std::make_shared<detail::event_function_of<F>>(std::move(function));
    return *this;
  }

  /// For functions that build on the library: a configuration with which the runs directly below are told of.
  RunConfig config() const;

 private:
  std::shared_ptr<detail::event_function> start_, end_, error_;
};

}  // namespace corochain
