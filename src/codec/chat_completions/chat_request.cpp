// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_completions/chat_request.hpp"

#include <cmath>
#include <type_traits>
#include <utility>
#include <vector>

#include "codec/chat_parameter_table.hpp"
#include "codec/json/request_parts.hpp"
#include "core/json_text.hpp"
#include "corochain/core/error.hpp"

// A body is `{"messages":[` + messages + prepared parameters. Nothing is parsed or built as a tree: the texts
// are checked and appended.
namespace corochain::codec {
namespace {

using corochain::detail::append_json_number;
using corochain::detail::append_json_string;

constexpr std::string_view chat_opening = R"({"messages":[)";

/// Returns the name of a role in requests. It differs from the name in LangChain for two of the four.
std::string_view wire_role(Role role) noexcept {
  switch (role) {
    case Role::system: return "system";
    case Role::human: return "user";
    case Role::ai: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

/// A byte order mark may stand at the start of a text only. The reader skips it.
std::string_view without_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

void append_option(std::string& out, std::string_view name,
                   const std::vector<std::pair<std::string, double>>& numbers) {
  if (numbers.empty()) return;
  append_name(out, name);
  char before = '{';
  for (const auto& [text, number] : numbers) {
    check_option_text(name, text);
    if (!std::isfinite(number)) throw ConfigError(std::string(name) + " is not a finite number");
    out += std::exchange(before, ',');
    append_json_string(out, text);
    out += ':';
    append_json_number(out, number);
  }
  out += '}';
}

void append_option(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  append_name(out, name);
  char before = '[';
  for (const std::string& text : texts) {
    check_option_text(name, text);
    out += std::exchange(before, ',');
    append_json_string(out, text);
  }
  out += ']';
}

/// Writes a JSON object that was given as text, as it is.
void append_object(std::string& out, std::string_view name, const std::string& object) {
  if (object.empty()) return;
  check_object(name, object);
  append_name(out, name);
  out += without_mark(object);
}

/// The members that `extra_body` may not have, because the library relies on them or has an option for them.
/// `max_tokens` is one of them only if the library writes its limit under that name.
std::vector<std::string_view> own_members(bool writes_max_tokens) {
  std::vector<std::string_view> names{"messages", "model", "stream", "stream_options"};
  for_each_chat_parameter([&](const auto& each) {
    if (each.form != parameter_form::members) names.push_back(each.name);
  });
  if (writes_max_tokens) names.emplace_back("max_tokens");
  return names;
}

/// The tool calls of an earlier answer go back as they came: the server compares their ids with those of the
/// tool messages behind.
void append_tool_calls(std::string& out, std::size_t index, const Message& message) {
  if (message.tool_calls().empty()) return;
  append_name(out, "tool_calls");
  char before = '[';
  for (const ToolCall& call : message.tool_calls()) {
    check_text("message", index, "has a tool call whose id ", call.id);
    check_text("message", index, "has a tool call whose name ", call.name);
    check_text("message", index, "has a tool call whose arguments ", call.arguments);
    out += std::exchange(before, ',');
    out += R"({"id":)";
    append_json_string(out, call.id);
    out += R"(,"type":"function","function":{"name":)";
    append_json_string(out, call.name);
    out += R"(,"arguments":)";
    append_json_string(out, call.arguments);
    out += "}}";
  }
  out += ']';
}

}  // namespace

/// The order of the members is that of the table, so that a body is the same each time and can be compared
/// and cached.
prepared_parameters prepare_chat_parameters(const ChatParameters& parameters,
                                            const chat_request_settings& settings) {
  prepared_parameters made;
  std::string& tail = made.whole;
  tail = "]";
  append_option(tail, "model", settings.model);
  const bool writes_max_tokens = settings.legacy_max_tokens && parameters.max_tokens;
  for_each_chat_parameter([&](const auto& each) {
    const auto& value = parameters.*each.field;
    std::string_view name = each.name;
    // The one parameter with two names.
    if (settings.legacy_max_tokens && name == "max_completion_tokens") name = "max_tokens";
    if constexpr (std::is_same_v<decltype(value), const std::string&>) {
      if (each.form == parameter_form::json_object) return append_object(tail, name, value);
      if (each.form == parameter_form::members)
        return append_extra(tail, value, own_members(writes_max_tokens));
    }
    append_option(tail, name, value);
  });
  // Both bodies share all parameters, so the second one is the first with its own end.
  made.streamed = tail + R"(,"stream":true)";
  // The usage comes in an own last chunk.
  if (settings.stream_usage) made.streamed += R"(,"stream_options":{"include_usage":true})";
  made.whole += '}';
  made.streamed += '}';
  return made;
}

/// The checks are made while the body is written, in one pass. After an error `body` holds a part of a
/// request: the caller drops it.
void append_chat_request(std::string& body, const Messages& messages, std::string_view parameters) {
  // Servers refuse it with less clear words.
  if (messages.empty()) throw PromptError("there are no messages to send; a chat needs at least one");

  // One allocation for the usual body: room for escapes in one character of sixteen, and for the names around
  // each message. Others grow.
  std::size_t size = body.size() + chat_opening.size() + parameters.size();
  for (const Message& message : messages)
    size += message.content().size() + message.content().size() / 16 + message.tool_call_id().size() + 64;
  body.reserve(size);
  body.append(chat_opening);

  std::size_t index = 0;
  for (const Message& message : messages) {
    check_text("message", index, "", message.content());
    if (index > 0) body += ',';
    body.append(R"({"role":")").append(wire_role(message.role())).append(R"(","content":)");
    // OpenAI's reference: the content of a message with tool calls may be null. Some servers refuse an empty
    // text there.
    if (message.content().empty() && !message.tool_calls().empty())
      body += "null";
    else
      append_json_string(body, message.content());
    append_tool_calls(body, index, message);
    if (message.role() == Role::tool) {
      // Without the id, the server cannot tell which call the message answers, and refuses the whole
      // conversation.
      if (message.tool_call_id().empty())
        refuse_input(
            "message", index,
            "has the role 'tool' and no tool_call_id; make it with Message::tool(tool_call_id, content)");
      check_text("message", index, "has a tool_call_id that ", message.tool_call_id());
      append_name(body, "tool_call_id");
      append_json_string(body, message.tool_call_id());
    }
    body += '}';
    ++index;
  }
  body.append(parameters);
}

}  // namespace corochain::codec
