// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/parallel.hpp"

#include "runnables/parallel_step.hpp"

namespace corochain {

RunnableParallel::RunnableParallel(ListArg<NamedRunnable> branches)
    : Runnable<Dict, Dict>(std::make_shared<const detail::parallel_step>(std::move(branches))) {}

}  // namespace corochain
