// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/runnables/runnable.hpp>
#include <memory>
#include <utility>

namespace corochain::test {

/// Makes a runnable of a function or a coroutine.
template <class In, class Out, class F>
Runnable<In, Out> runnable_of(F function) {
  return Runnable<In, Out>(std::make_shared<detail::function_step<In, Out, F>>(std::move(function)));
}

}  // namespace corochain::test
