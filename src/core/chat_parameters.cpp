// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/chat_parameters.hpp"

namespace corochain {

ChatParameters::ChatParameters() = default;

}  // namespace corochain
