// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/chat_call_options.hpp"

namespace corochain {

ChatCallOptions::ChatCallOptions() = default;

}  // namespace corochain
