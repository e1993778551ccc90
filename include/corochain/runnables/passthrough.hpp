// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "corochain/core/dict.hpp"
#include "corochain/core/list_arg.hpp"
#include "corochain/runnables/detail/dict_steps.hpp"
#include "corochain/runnables/detail/passthrough.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// Gives its input as its output, chunk by chunk in a stream: for a branch that keeps the input.
///
/// Copies share immutable state and may be used by any number of threads.
template <class T = Dict>
class RunnablePassthrough : public Runnable<T, T> {
 public:
  RunnablePassthrough() : Runnable<T, T>(std::make_shared<const detail::passthrough_step<T>>()) {}

  /// Gives the input Dict with more values: `RunnablePassthrough<>::assign({{"context", retriever}})`. The
  /// runnables take the input Dict and run like those of a `RunnableParallel`. A value of theirs replaces one
  /// of the same name.
  ///
  /// In a stream, chunks of the input pass at once, except those of values that are replaced. The added
  /// values come when the input is complete, chunk by chunk. Bare text instead of a Dict has no name: the
  /// call throws a `PromptError` that says so.
  static Runnable<Dict, Dict> assign(ListArg<NamedRunnable> added) {
    return Runnable<Dict, Dict>(detail::assign_of(std::move(added)));
  }
};

}  // namespace corochain
