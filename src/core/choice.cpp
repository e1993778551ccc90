// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/choice.hpp"

// The parts of answers are plain values that codec fills and AIMessageChunk adds up. Only this constructor
// has a body worth compiling once.
namespace corochain {

ToolCall::ToolCall(std::string call_id, std::string tool_name, std::string argument_text)
    : id(std::move(call_id)), name(std::move(tool_name)), arguments(std::move(argument_text)) {}

}  // namespace corochain
