// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/runnables/batch_options.hpp"

namespace corochain {

BatchProgress::~BatchProgress() = default;

}  // namespace corochain
