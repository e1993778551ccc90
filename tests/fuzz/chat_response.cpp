// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Whole answers: a message or one of two errors, and the message says what nlohmann reads in the same body.
#include "codec/chat_response.hpp"

#include <nlohmann/json.hpp>

#include "codec/error_report.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

using nlohmann::json;

/// Text where there is one, nothing for all else.
std::string text_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A count as our reader takes it: a whole number, also one that is written as a fraction.
std::int64_t count_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

void compare_calls(const json& message, const std::vector<ToolCall>& calls) {
  const auto found = message.find("tool_calls");
  const std::size_t size = found != message.end() && found->is_array() ? found->size() : 0;
  require(size == calls.size(), "as many tool calls");
  for (std::size_t i = 0; i < size; ++i) {
    const json& call = (*found)[i];
    require(call.is_object() && text_at(call, "id") == calls[i].id, "the same tool call");
    const auto function = call.find("function");
    const json none = json::object();
    const json& named = function != call.end() && function->is_object() ? *function : none;
    require(text_at(named, "name") == calls[i].name, "the same tool");
    require(text_at(named, "arguments") == calls[i].arguments, "the same arguments");
  }
}

template <class Answer>
void compare_choice(const json& choice, const Answer& answer) {
  const json& message = choice.at("message");
  require(text_at(message, "content") == answer.content, "the same text");
  require(text_at(message, "refusal") == answer.refusal, "the same refusal");
  require(text_at(choice, "finish_reason") == answer.finish_reason, "the same end");
  compare_calls(message, answer.tool_calls);
}

void compare(const json& body, const AIMessage& answer) {
  const json& choices = body.at("choices");
  std::size_t main = 0;
  while (main < choices.size() && !(choices[main].contains("index") && choices[main]["index"] == 0)) ++main;
  if (main == choices.size()) main = 0;
  compare_choice(choices[main], answer);
  require(answer.other_choices.size() + 1 == choices.size(), "all choices are there");
  for (std::size_t i = 0, other = 0; i < choices.size(); ++i)
    if (i != main) compare_choice(choices[i], answer.other_choices[other++]);
  require(text_at(body, "id") == answer.id, "the same id");
  require(text_at(body, "model") == answer.model, "the same model");
  const auto usage = body.find("usage");
  require(answer.usage.has_value() == (usage != body.end() && usage->is_object()), "usage is there or not");
  if (!answer.usage) return;
  require(answer.usage->input_tokens == count_at(*usage, "prompt_tokens"), "the same count of input tokens");
  require(answer.usage->output_tokens == count_at(*usage, "completion_tokens"),
          "the same count of output tokens");
  require(answer.usage->input_tokens >= 0 && answer.usage->output_tokens >= 0, "no cost is negative");
}

}  // namespace

void one_input(std::string_view body) {
  codec::header_fields headers;
  headers.add("x-request-id", "req-1");
  try {
    const AIMessage answer = codec::read_chat_response(body, headers);
    require(answer.finish_reason != "content_filter", "a filtered answer is no success");
    require(!detail::invalid_utf8_at(answer.content), "an answer is text");
    // nlohmann counts a zero byte as the end; there is none in what was accepted.
    compare(json::parse(body), answer);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::response_format || error.kind() == ErrorKind::content_filter,
            "one of two kinds");
    require(error.http_status() == 200 && error.request_id() == "req-1", "the error tells of the call");
    require(is_plain(error.what()) && !may_quote(error.what()), "our own words hold none of the server's");
    require(error.server_message().size() <= codec::server_message_limit, "the excerpt is bounded");
    require(!detail::invalid_utf8_at(error.server_message()), "the excerpt is text");
  }
}

}  // namespace corochain::fuzz
