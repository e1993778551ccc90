// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/core/message.hpp"

#include <ostream>
#include <utility>

#include "core/enum_name.hpp"
#include "corochain/core/error.hpp"

// Messages and the answer of a chat model. codec writes and reads them on the wire; prompts make them.
namespace corochain {

std::string_view to_string(Role role) noexcept {
  return detail::name_of<Role::tool>(role, {"system", "human", "ai", "tool"});
}

/// Both vocabularies are in use: LangChain's (human, ai) and that of the wire (user, assistant).
Role role_from(std::string_view name) {
  if (name == "system") return Role::system;
  if (name == "human" || name == "user") return Role::human;
  if (name == "ai" || name == "assistant") return Role::ai;
  if (name == "tool") return Role::tool;
  throw PromptError(
      "unknown message role; use one of 'system', 'human', 'user', 'ai', 'assistant' or 'tool'");
}

Message::Message(Role role, std::string content) : role_(role), content_(std::move(content)) {}
// Compiled here once: every file of a program with a prompt moves messages.
Message::Message(const Message& other) = default;
Message::Message(Message&& other) noexcept = default;
Message& Message::operator=(const Message& other) = default;
Message& Message::operator=(Message&& other) noexcept = default;
Message::~Message() = default;

// Functions with names, so that a misspelled role does not compile. The constructor from text reads roles at
// run time, for prompts that come from a file.
Message Message::system(std::string content) { return Message(Role::system, std::move(content)); }
Message Message::human(std::string content) { return Message(Role::human, std::move(content)); }
Message Message::ai(std::string content) { return Message(Role::ai, std::move(content)); }

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

namespace {
/// Moves the arguments of a constructor below into the list.
template <class... M>
void add_all(std::vector<Message>& messages, M&... message) {
  messages.reserve(sizeof...(message));
  (messages.push_back(std::move(message)), ...);
}
}  // namespace

Messages::Messages() = default;
Messages::Messages(from_text, std::string_view text) { add(Message::human(std::string(text))); }
// By reference, because the constructor in the header is a template that has the vector already.
Messages::Messages(from_vector, std::vector<Message>& messages) : messages_(std::move(messages)) {}
// A constructor for each number of messages. g++ 12 miscompiles an initializer_list in a `co_await`
// expression: see list_arg.hpp.
Messages::Messages(Message a) { add_all(messages_, a); }
Messages::Messages(Message a, Message b) { add_all(messages_, a, b); }
Messages::Messages(Message a, Message b, Message c) { add_all(messages_, a, b, c); }
Messages::Messages(Message a, Message b, Message c, Message d) { add_all(messages_, a, b, c, d); }
Messages::Messages(Message a, Message b, Message c, Message d, Message e) {
  add_all(messages_, a, b, c, d, e);
}
Messages::Messages(Message a, Message b, Message c, Message d, Message e, Message f) {
  add_all(messages_, a, b, c, d, e, f);
}
Messages::Messages(Message a, Message b, Message c, Message d, Message e, Message f, Message g) {
  add_all(messages_, a, b, c, d, e, f, g);
}
Messages::Messages(Message a, Message b, Message c, Message d, Message e, Message f, Message g, Message h) {
  add_all(messages_, a, b, c, d, e, f, g, h);
}
// As for Message.
Messages::Messages(const Messages& other) = default;
Messages::Messages(Messages&& other) noexcept = default;
Messages& Messages::operator=(const Messages& other) = default;
Messages& Messages::operator=(Messages&& other) noexcept = default;
Messages::~Messages() = default;

Messages& Messages::add(Message message) {
  messages_.push_back(std::move(message));
  return *this;
}
std::size_t Messages::size() const noexcept { return messages_.size(); }
const Message& Messages::operator[](std::size_t index) const { return messages_[index]; }
Messages::const_iterator Messages::begin() const noexcept { return messages_.data(); }
Messages::const_iterator Messages::end() const noexcept { return messages_.data() + messages_.size(); }

namespace {
/// LangChain's names with their capitals; to_string() has the names of roles in code.
const char* label_of(Role role) noexcept {
  return detail::name_of<Role::tool>(role, {"System: ", "Human: ", "AI: ", "Tool: "});
}

/// Writes the parts of an answer that are no content, each in brackets.
void write_rest(std::ostream& out, const std::string& refusal, const std::vector<ToolCall>& tool_calls) {
  if (!refusal.empty()) out << "[refusal: " << refusal << ']';
  for (const ToolCall& call : tool_calls) out << '[' << call << ']';
}
}  // namespace

/// A tool message shows its text only: ids and calls mean nothing to a reader of the conversation.
std::string Messages::to_text() const {
  std::string text;
  for (const Message& message : messages_) {
    if (!text.empty()) text += '\n';
    text += label_of(message.role());
    text += message.content();
  }
  return text;
}

// Unlike `to_text` it is for people who look for a mistake, so it shows the tools.
std::ostream& operator<<(std::ostream& out, Role role) { return out << to_string(role); }
std::ostream& operator<<(std::ostream& out, const Message& message) {
  out << label_of(message.role()) << message.content();
  if (!message.tool_call_id().empty()) out << "[answer to " << message.tool_call_id() << ']';
  write_rest(out, {}, message.tool_calls());
  return out;
}
std::ostream& operator<<(std::ostream& out, const Messages& messages) {
  const char* separator = "";
  for (const Message& message : messages) out << std::exchange(separator, "\n") << message;
  return out;
}
std::ostream& operator<<(std::ostream& out, const AIMessage& message) {
  out << message.content;
  write_rest(out, message.refusal, message.tool_calls);
  return out;
}

AIMessage::AIMessage() = default;
AIMessage::AIMessage(const AIMessage& other) = default;
AIMessage::AIMessage(AIMessage&& other) noexcept = default;
AIMessage& AIMessage::operator=(const AIMessage& other) = default;
AIMessage& AIMessage::operator=(AIMessage&& other) noexcept = default;
AIMessage::~AIMessage() = default;
AIMessage::AIMessage(std::string text) : content(std::move(text)) {}
// The calls of tools go with it: a service refuses the answer to a call that the conversation does not have.
Message AIMessage::to_message() const { return Message::ai(content, tool_calls); }

}  // namespace corochain
