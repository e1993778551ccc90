// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/chat_request.hpp"

#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include "codec/request_parts.hpp"
#include "core/json_text.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {
namespace {

using corochain::detail::append_json_number;
using corochain::detail::append_json_string;

constexpr std::string_view chat_opening = R"({"messages":[)";

std::string_view wire_role(Role role) noexcept {
  switch (role) {
    case Role::system: return "system";
    case Role::human: return "user";
    case Role::ai: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

void check_text(std::size_t index, std::string_view what, std::string_view text) {
  const auto at = detail::invalid_utf8_at(text);
  if (at)
    refuse_input("message", index,
                 std::string(what) + "is not valid UTF-8 at byte " + std::to_string(*at + 1) +
                     " (messages count from 0, bytes from 1)",
                 *at + 1);
}

}  // namespace

chat_parameters::chat_parameters() = default;

namespace {

/// Members that only the library may write, because it relies on them or has an option for them.
constexpr std::string_view chat_members[] = {"messages",
                                             "model",
                                             "stream",
                                             "stream_options",
                                             "temperature",
                                             "top_p",
                                             "seed",
                                             "presence_penalty",
                                             "frequency_penalty",
                                             "max_completion_tokens",
                                             "stop",
                                             "user",
                                             "n",
                                             "logprobs",
                                             "top_logprobs",
                                             "logit_bias",
                                             "verbosity",
                                             "reasoning_effort",
                                             "response_format",
                                             "service_tier",
                                             "store",
                                             "parallel_tool_calls",
                                             "max_tokens"};  // the last one, where the library writes it

/// A byte order mark, which the reader passes over, may stand at the start of a text only.
std::string_view without_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

void append_logit_bias(std::string& out, const std::vector<std::pair<std::string, double>>& biases) {
  if (biases.empty()) return;
  append_name(out, "logit_bias");
  char before = '{';
  for (const auto& [token, bias] : biases) {
    check_option_text("logit_bias", token);
    if (!std::isfinite(bias)) throw ConfigError("logit_bias is not a finite number");
    out += std::exchange(before, ',');
    append_json_string(out, token);
    out += ':';
    append_json_number(out, bias);
  }
  out += '}';
}

void append_tool_calls(std::string& out, std::size_t index, const Message& message) {
  if (message.tool_calls().empty()) return;
  append_name(out, "tool_calls");
  char before = '[';
  for (const ToolCall& call : message.tool_calls()) {
    check_text(index, "has a tool call whose id ", call.id);
    check_text(index, "has a tool call whose name ", call.name);
    check_text(index, "has a tool call whose arguments ", call.arguments);
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

chat_request_writer::chat_request_writer(const chat_parameters& parameters)
    : parameters_(std::make_shared<const chat_parameters>(parameters)), tail_("]") {
  append_option(tail_, "model", parameters.model);
  append_option(tail_, "temperature", parameters.temperature);
  append_option(tail_, "top_p", parameters.top_p);
  append_option(tail_, "presence_penalty", parameters.presence_penalty);
  append_option(tail_, "frequency_penalty", parameters.frequency_penalty);
  append_option(tail_, parameters.legacy_max_tokens ? "max_tokens" : "max_completion_tokens",
                parameters.max_completion_tokens);
  append_option(tail_, "seed", parameters.seed);
  append_option(tail_, "n", parameters.n);
  append_flag(tail_, "logprobs", parameters.logprobs);
  append_option(tail_, "top_logprobs", parameters.top_logprobs);
  append_logit_bias(tail_, parameters.logit_bias);
  append_option(tail_, "reasoning_effort", parameters.reasoning_effort);
  append_option(tail_, "verbosity", parameters.verbosity);
  append_option(tail_, "service_tier", parameters.service_tier);
  append_flag(tail_, "store", parameters.store);
  append_flag(tail_, "parallel_tool_calls", parameters.parallel_tool_calls);
  if (!parameters.response_format.empty()) {
    check_object("response_format", parameters.response_format);
    append_name(tail_, "response_format");
    tail_ += without_mark(parameters.response_format);
  }
  if (!parameters.stop.empty()) {
    append_name(tail_, "stop");
    for (char before = '['; const std::string& sequence : parameters.stop) {
      check_option_text("stop", sequence);
      tail_ += before;
      before = ',';
      append_json_string(tail_, sequence);
    }
    tail_ += ']';
  }
  append_option(tail_, "user", parameters.user);
  std::span<const std::string_view> own(chat_members);
  if (!parameters.legacy_max_tokens || !parameters.max_completion_tokens) own = own.first(own.size() - 1);
  append_extra(tail_, parameters.extra_body, own);
  stream_tail_ = tail_ + R"(,"stream":true)";
  if (parameters.stream_usage) stream_tail_ += R"(,"stream_options":{"include_usage":true})";
  tail_ += '}';
  stream_tail_ += '}';
}

std::string chat_request_writer::write(const Messages& messages, bool stream) const {
  if (messages.empty()) throw PromptError("there are no messages to send; a chat needs at least one");

  const std::string& tail = stream ? stream_tail_ : tail_;
  std::size_t size = chat_opening.size() + tail.size();
  for (const Message& message : messages)
    size += message.content().size() + message.content().size() / 16 + message.tool_call_id().size() + 64;
  std::string body;
  body.reserve(size);
  body.append(chat_opening);

  std::size_t index = 0;
  for (const Message& message : messages) {
    check_text(index, "", message.content());
    if (index > 0) body += ',';
    body.append(R"({"role":")").append(wire_role(message.role())).append(R"(","content":)");
    if (message.content().empty() && !message.tool_calls().empty())
      body += "null";
    else
      append_json_string(body, message.content());
    append_tool_calls(body, index, message);
    if (message.role() == Role::tool) {
      if (message.tool_call_id().empty())
        refuse_input(
            "message", index,
            "has the role 'tool' and no tool_call_id; make it with Message::tool(tool_call_id, content)");
      check_text(index, "has a tool_call_id that ", message.tool_call_id());
      append_name(body, "tool_call_id");
      append_json_string(body, message.tool_call_id());
    }
    body += '}';
    ++index;
  }
  body.append(tail);
  return body;
}

}  // namespace corochain::codec
