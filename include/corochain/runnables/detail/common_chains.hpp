// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>

#include "corochain/core/ai_message_chunk.hpp"
#include "corochain/core/dict.hpp"
#include "corochain/core/message.hpp"
#include "corochain/runnables/runnable.hpp"

// The templates of the most common chains are compiled once, in the library. For
// `prompt | model | parser | function` a user's own unit compiles only the templates that depend on the
// function's type.
namespace corochain {

extern template class step<Dict, Messages>;
extern template class step<Messages, AIMessage>;
extern template class step<AIMessage, std::string>;
extern template class step<std::string, std::string>;
extern template class step<Dict, AIMessage>;
extern template class step<Dict, std::string>;

extern template class detail::immediate_step<Dict, Messages>;
extern template class detail::immediate_step<AIMessage, std::string>;
extern template class detail::immediate_step<std::string, std::string>;
extern template class detail::sequence_step<Dict, Messages, Messages, AIMessage>;
extern template class detail::sequence_step<Dict, AIMessage, AIMessage, std::string>;
extern template class detail::sequence_step<Dict, std::string, std::string, std::string>;

extern template class Stream<std::string>;
extern template class Stream<AIMessage>;
extern template class Runnable<Dict, std::string>;
extern template class Runnable<Dict, AIMessage>;
extern template class Runnable<Messages, AIMessage>;

}  // namespace corochain
