// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <type_traits>
#include <utility>

#include "corochain/runnables/detail/lambda.hpp"
#include "corochain/runnables/runnable.hpp"

namespace corochain {

/// A function or a coroutine as a runnable: `RunnableLambda([](Dict input) { return input.size(); })` is a
/// `Runnable<Dict, std::size_t>`. Behind a `|` and in a `RunnableParallel` the bare function suffices.
///
/// A function that returns a `Runnable` chooses the one that answers. The chosen runnable is called with the
/// same input, and its answer is the answer. So runnables may call each other recursively, up to the run's
/// `recursion_limit`.
///
/// A coroutine that takes an input and a `Yield` makes its answer chunk by chunk: see `RunnableGenerator`.
///
/// The function is copied into the runnable and called from any number of calls at once, so its call operator
/// must be const. The call throws the function's exception. Blocking work in the function blocks the loop. A
/// stream of the runnable is one chunk, unless the function has a `Yield`.
template <class In, class Out>
class RunnableLambda : public Runnable<In, Out> {
 public:
  template <class F>
    requires(!std::is_base_of_v<RunnableLambda, F>)
  explicit RunnableLambda(F function)
      : Runnable<In, Out>(detail::lambda_step<In, Out>(std::move(function))) {}
};

template <class F>
  requires(!detail::runnable<F>)
RunnableLambda(F) -> RunnableLambda<typename detail::lambda_signature<F>::input,
                                    typename detail::lambda_signature<F>::output>;

}  // namespace corochain
