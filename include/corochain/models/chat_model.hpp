// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/message.hpp"
#include "corochain/models/chat_call_options.hpp"
#include "corochain/runnables/runnable.hpp"
#include "corochain/runnables/sequence.hpp"

namespace corochain {

/// What every chat model is: conversations in, the model's message out.
using ChatModel = Runnable<Messages, AIMessage>;

}  // namespace corochain
