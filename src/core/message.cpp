// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/message.hpp"

#include "corochain/core/error.hpp"

namespace corochain {

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::system: return "system";
    case Role::human: return "human";
    case Role::ai: return "ai";
    case Role::tool: return "tool";
  }
  return "unknown";
}

Role role_from(std::string_view name) {
  if (name == "system") return Role::system;
  if (name == "human" || name == "user") return Role::human;
  if (name == "ai" || name == "assistant") return Role::ai;
  if (name == "tool") return Role::tool;
  throw PromptError(
      "unknown message role; use one of 'system', 'human', 'user', 'ai', 'assistant' or 'tool'");
}

Message Message::tool(std::string tool_call_id, std::string content) {
  Message message(Role::tool, std::move(content));
  message.tool_call_id_ = std::move(tool_call_id);
  return message;
}

Message Message::ai(std::string content, std::vector<ToolCall> tool_calls) {
  Message message(Role::ai, std::move(content));
  message.tool_calls_ = std::move(tool_calls);
  return message;
}

std::string Messages::to_text() const {
  std::string text;
  for (const Message& message : messages_) {
    if (!text.empty()) text += '\n';
    switch (message.role()) {
      case Role::system: text += "System: "; break;
      case Role::human: text += "Human: "; break;
      case Role::ai: text += "AI: "; break;
      case Role::tool: text += "Tool: "; break;
    }
    text += message.content();
  }
  return text;
}

AIMessage::AIMessage() = default;
AIMessage::AIMessage(std::string text) : content(std::move(text)) {}

}  // namespace corochain
