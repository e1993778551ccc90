// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/chat_model_options.hpp"

namespace corochain {

ChatModelOptions::ChatModelOptions() = default;

}  // namespace corochain
