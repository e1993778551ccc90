// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/choice.hpp"

#include <ostream>

// The parts of answers are plain values that codec fills and AIMessageChunk adds up.
namespace corochain {

ToolCall::ToolCall(std::string call_id, std::string tool_name, std::string argument_text)
    : id(std::move(call_id)), name(std::move(tool_name)), arguments(std::move(argument_text)) {}

std::ostream& operator<<(std::ostream& out, const ToolCall& call) {
  if (!call.id.empty()) out << call.id << ": ";
  return out << call.name << '(' << call.arguments << ')';
}
std::ostream& operator<<(std::ostream& out, const ToolCallChunk& chunk) {
  return out << chunk.index << ": " << ToolCall(chunk.id, chunk.name, chunk.arguments);
}

}  // namespace corochain
