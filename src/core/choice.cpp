// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/choice.hpp"

namespace corochain {

ToolCall::ToolCall(std::string call_id, std::string tool_name, std::string argument_text)
    : id(std::move(call_id)), name(std::move(tool_name)), arguments(std::move(argument_text)) {}
bool operator==(const ToolCall& a, const ToolCall& b) = default;
bool operator==(const ToolCallChunk& a, const ToolCallChunk& b) = default;
bool operator==(const TokenLogprob& a, const TokenLogprob& b) = default;
bool operator==(const Choice& a, const Choice& b) = default;
bool operator==(const ChoiceChunk& a, const ChoiceChunk& b) = default;

}  // namespace corochain
