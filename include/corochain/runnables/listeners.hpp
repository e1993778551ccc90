// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "corochain/core/export.hpp"
#include "corochain/observability/callbacks.hpp"

namespace corochain {

class RunConfig;

/// Functions that are told of the runs of one runnable, and not of the runs below it: see
/// `Runnable::with_listeners`.
///
///     auto heard = chain.with_listeners(Listeners()
///                                           .on_start([](const RunEvent& event) { ... })
///                                           .on_end([](const RunEvent& event) { use(event.data()); }));
///
/// Each function takes a `const RunEvent&`. They are called like a `CallbackHandler`: one at a time, in the
/// order of the events, on a thread of their own that never slows or fails the run. Listeners that are given
/// to two runnables have one such thread for each. An exception of a function becomes a line
/// "callback.failed" in the log.
class COROCHAIN_EXPORT Listeners {
 public:
  Listeners();

  /// Adds a function that is told when a run begins; `data()` is the run's input.
  template <class F>
  Listeners& on_start(F function) {
    return set(start_, std::move(function));
  }
  /// Adds a function that is told when a run has ended without a failure; `data()` is the run's answer.
  template <class F>
  Listeners& on_end(F function) {
    return set(end_, std::move(function));
  }
  /// Adds a function that is told when a run has failed or was cancelled; `error()` says why.
  template <class F>
  Listeners& on_error(F function) {
    return set(error_, std::move(function));
  }

  /// For functions that build on the library: a configuration that reports the runs directly below it.
  RunConfig config() const;

 private:
  using event_function = std::function<void(const RunEvent&)>;

  /// Behind a shared pointer the function need not be copyable, and copies of the object share its state.
  template <class F>
  Listeners& set(event_function& target, F function) {
    auto shared = std::make_shared<F>(std::move(function));
    target = [shared](const RunEvent& event) { (*shared)(event); };
    return *this;
  }

  event_function start_, end_, error_;
};

}  // namespace corochain
