// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <corochain/runnables/runnable.hpp>
#include <memory>
#include <utility>

namespace corochain::test {

/// A function or a coroutine as a runnable of its own.
template <class In, class Out, class F>
Runnable<In, Out> runnable_of(F function) {
  return Runnable<In, Out>(std::make_shared<detail::function_step<In, Out, F>>(std::move(function)));
}

}  // namespace corochain::test
