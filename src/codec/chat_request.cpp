// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_request.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

#include "core/json_text.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {
namespace {

using corochain::detail::append_json_number;
using corochain::detail::append_json_string;

constexpr std::string_view opening = R"({"messages":[)";

void append_name(std::string& out, std::string_view name) { out.append(",\"").append(name).append("\":"); }

void append_option(std::string& out, std::string_view name, const std::optional<double>& value) {
  if (!value) return;
  if (!std::isfinite(*value)) throw ConfigError(std::string(name) + " is not a finite number");
  append_name(out, name);
  append_json_number(out, *value);
}

void append_option(std::string& out, std::string_view name, const std::optional<std::int64_t>& value) {
  if (!value) return;
  append_name(out, name);
  out.append(std::to_string(*value));
}

void check_text(std::string_view name, std::string_view text) {
  if (detail::invalid_utf8_at(text)) throw ConfigError(std::string(name) + " is not valid UTF-8");
}

void append_option(std::string& out, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  check_text(name, text);
  append_name(out, name);
  append_json_string(out, text);
}

std::string_view wire_role(Role role) noexcept {
  switch (role) {
    case Role::system: return "system";
    case Role::human: return "user";
    case Role::ai: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

[[noreturn]] void refuse(std::size_t index, std::string text, std::optional<std::size_t> column) {
  ErrorDetails details;
  details.message_index = index;
  details.column = column;
  throw PromptError("message " + std::to_string(index) + " " + std::move(text), std::move(details));
}

void check_text(std::size_t index, std::string_view what, std::string_view text) {
  const auto at = detail::invalid_utf8_at(text);
  if (at)
    refuse(index,
           std::string(what) + "is not valid UTF-8 at byte " + std::to_string(*at + 1) +
               " (messages count from 0, bytes from 1)",
           *at + 1);
}

}  // namespace

chat_parameters::chat_parameters() = default;

chat_request_writer::chat_request_writer(const chat_parameters& parameters) : tail_("]") {
  append_option(tail_, "model", parameters.model);
  append_option(tail_, "temperature", parameters.temperature);
  append_option(tail_, "top_p", parameters.top_p);
  append_option(tail_, "presence_penalty", parameters.presence_penalty);
  append_option(tail_, "frequency_penalty", parameters.frequency_penalty);
  append_option(tail_, "max_completion_tokens", parameters.max_completion_tokens);
  append_option(tail_, "seed", parameters.seed);
  if (!parameters.stop.empty()) {
    append_name(tail_, "stop");
    for (char before = '['; const std::string& sequence : parameters.stop) {
      check_text("stop", sequence);
      tail_ += before;
      before = ',';
      append_json_string(tail_, sequence);
    }
    tail_ += ']';
  }
  append_option(tail_, "user", parameters.user);
  tail_ += '}';
}

std::string chat_request_writer::write(const Messages& messages) const {
  if (messages.empty()) throw PromptError("there are no messages to send; a chat needs at least one");

  std::size_t size = opening.size() + tail_.size();
  for (const Message& message : messages)
    size += message.content().size() + message.content().size() / 16 + message.tool_call_id().size() + 64;
  std::string body;
  body.reserve(size);
  body.append(opening);

  std::size_t index = 0;
  for (const Message& message : messages) {
    check_text(index, "", message.content());
    if (index > 0) body += ',';
    body.append(R"({"role":")").append(wire_role(message.role())).append(R"(","content":)");
    append_json_string(body, message.content());
    if (message.role() == Role::tool) {
      if (message.tool_call_id().empty())
        refuse(index,
               "has the role 'tool' and no tool_call_id; make it with Message::tool(tool_call_id, content)",
               std::nullopt);
      check_text(index, "has a tool_call_id that ", message.tool_call_id());
      append_name(body, "tool_call_id");
      append_json_string(body, message.tool_call_id());
    }
    body += '}';
    ++index;
  }
  body.append(tail_);
  return body;
}

}  // namespace corochain::codec
