// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/export.hpp"
#include "corochain/core/message.hpp"
#include "corochain/runnables/runnable.hpp"
#include "corochain/runnables/sequence.hpp"

namespace corochain {

/// Takes the text of the model's answer: a `Runnable<AIMessage, std::string>`. For an answer without text it
/// gives empty text. In a stream it gives each chunk's text as it comes.
class COROCHAIN_EXPORT StrOutputParser : public Runnable<AIMessage, std::string> {
 public:
  StrOutputParser();
};

}  // namespace corochain
