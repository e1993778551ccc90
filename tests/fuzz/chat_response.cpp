// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Whole answers against nlohmann: where it parses a body whose main choice has a text, that text is the
// answer, or is in the typed error that an error object, a filter or a limit makes of it.
#include "codec/chat_completions/chat_response.hpp"

#include <nlohmann/json.hpp>

#include "codec/chat_completions/error_report.hpp"
#include "core/utf8.hpp"
#include "corochain/core/error.hpp"
#include "fuzz/answer_model.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

using nlohmann::json;

void compare_calls(const json& message, const std::vector<ToolCall>& calls) {
  const auto found = message.find("tool_calls");
  std::vector<json> wanted;
  if (found != message.end() && found->is_array())
    for (const json& each : *found)
      if (each.is_object()) wanted.push_back(each);
  require(wanted.size() == calls.size(), "as many tool calls");
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    require(text_at(wanted[i], "id") == calls[i].id, "the same tool call");
    const json& named = object_at(wanted[i], "function");
    require(text_at(named, "name") == calls[i].name, "the same tool");
    const auto arguments = named.find("arguments");
    if (arguments == named.end() || !arguments->is_structured())
      require(text_at(named, "arguments") == calls[i].arguments, "the same arguments");
    else
      require(json::parse(calls[i].arguments) == *arguments, "arguments as JSON are the same as text");
  }
}

template <class Answer>
void compare_choice(const json& choice, const Answer& answer) {
  const json& message = part_of(choice, "message", "delta");
  if (has_plain_content(message)) require(text_at(message, "content") == answer.content, "the same text");
  require(text_at(message, "refusal") == answer.refusal, "the same refusal");
  require(text_at(choice, "finish_reason") == answer.finish_reason, "the same end");
  compare_calls(message, answer.tool_calls);
}

void compare(const json& body, const AIMessage& answer) {
  const std::vector<json> choices = choices_of(body);
  const std::size_t main = main_of(choices);
  require(main < choices.size(), "an answer has a choice");
  compare_choice(choices[main], answer);
  require(answer.other_choices.size() + 1 == choices.size(), "all choices are there");
  for (std::size_t i = 0, other = 0; i < choices.size(); ++i)
    if (i != main) compare_choice(choices[i], answer.other_choices[other++]);
  require(text_at(body, "id") == answer.id, "the same id");
  require(text_at(body, "model") == answer.model, "the same model");
  if (!object_at(body, "usage").empty()) {
    require(answer.usage.has_value(), "usage is there");
    require(answer.usage->input_tokens == count_at(body["usage"], "prompt_tokens"),
            "the same count of tokens");
  }
  if (answer.usage)
    require(answer.usage->input_tokens >= 0 && answer.usage->output_tokens >= 0, "no cost is negative");
}

/// Nothing where nlohmann parses none, or counts a zero byte as the end.
std::optional<json> parsed(std::string_view body) {
  if (body.find('\0') != std::string_view::npos || body.starts_with("\xEF\xBB\xBF")) return std::nullopt;
  json read = json::parse(body, nullptr, false);
  if (read.is_discarded()) return std::nullopt;
  return read;
}

}  // namespace

void one_input(std::string_view body) {
  codec::header_fields headers;
  headers.add("x-request-id", "req-1");
  const std::optional<json> model = parsed(body);
  try {
    std::optional<AIMessage> read;
    codec::read_chat_response(body, headers, read);
    const AIMessage& answer = read.value();
    require(answer.finish_reason != "content_filter", "a filtered answer is no success");
    require(!detail::invalid_utf8_at(answer.content), "an answer is text");
    if (!model) return;  // events, or halves of characters, which nlohmann refuses
    require(!may_report_error(*model), "an error is no success");
    compare(*model, answer);
  } catch (const Error& error) {
    require(error.http_status() == 200 || error.http_status() >= 400, "the error tells of the call");
    require(error.request_id() == "req-1", "the error tells of the call");
    require(is_plain(error.what()) && !may_quote(error.what()), "our own words hold none of the server's");
    require(error.server_message().size() <= codec::server_message_limit, "the excerpt is bounded");
    require(!detail::invalid_utf8_at(error.server_message()), "the excerpt is text");
    if (!model || passes_limits(*model)) return;
    const std::vector<json> choices = choices_of(*model);
    const std::size_t main = main_of(choices);
    if (main == choices.size()) return;
    const json& message = part_of(choices[main], "message", "delta");
    if (!has_plain_content(message) || text_at(message, "content").empty()) return;
    const bool filtered = text_at(choices[main], "finish_reason") == "content_filter";
    require(filtered || may_report_error(*model), "an answer with a text is no error");
    require(error.details().text == text_at(message, "content"), "the error has the text");
  }
}

}  // namespace corochain::fuzz
