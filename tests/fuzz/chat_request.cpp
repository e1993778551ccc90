// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors

// Request bodies: whatever text goes in, what comes out is JSON that says the same text back; text that is
// none is the documented error.
#include "codec/chat_completions/chat_request.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/utf8.hpp"
#include "corochain/core/error.hpp"
#include "fuzz/fuzz.hpp"

namespace corochain::fuzz {
namespace {

using nlohmann::json;

bool is_text(std::string_view text) { return !detail::invalid_utf8_at(text); }

/// As deep as the library reads; a zero byte is nlohmann's end of a text and never JSON.
std::optional<json> object_in(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  json read = json::parse(text, nullptr, false);
  if (!read.is_object()) return std::nullopt;
  return read;
}

struct request {
  explicit request(const std::vector<std::string_view>& part)
      : system(part[0]), human(part[1]), answer(part[2]), arguments(part[3]), call_id(part[4]) {
    settings.model = part[5];
    parameters.user = part[6];
    if (!part[7].empty()) parameters.stop = {std::string(part[7]), "END"};
    parameters.response_format = part[8];
    parameters.extra_body = part[9];
    double number = 0;
    part[10].copy(reinterpret_cast<char*>(&number), sizeof number);
    parameters.temperature = number;
    parameters.logit_bias = {{std::string(part[4]), 1}};
  }

  Messages messages() const {
    return Messages{{"system", system},
                    {"human", human},
                    Message::ai(answer, {{call_id, "tool", arguments}}),
                    Message::tool(call_id, human)};
  }
  bool options_are_text() const {
    return is_text(settings.model) && is_text(parameters.user) && is_text(call_id) &&
           (parameters.stop.empty() || is_text(parameters.stop.front())) &&
           std::isfinite(*parameters.temperature);
  }
  bool messages_are_text() const {
    return is_text(system) && is_text(human) && is_text(answer) && is_text(arguments) && is_text(call_id) &&
           !call_id.empty();
  }

  std::string system, human, answer, arguments, call_id;
  codec::chat_request_settings settings;
  ChatParameters parameters;
};

void check_body(const request& made, const std::string& body, bool stream) {
  const json read = json::parse(body);
  const json& messages = read.at("messages");
  require(messages.size() == 4, "all messages are there");
  require(messages[0].at("content") == made.system && messages[1].at("content") == made.human,
          "the texts come back");
  require(
      made.answer.empty() ? messages[2].at("content").is_null() : messages[2].at("content") == made.answer,
      "the answer comes back");
  const json& call = messages[2].at("tool_calls").at(0);
  require(call.at("id") == made.call_id && call.at("function").at("arguments") == made.arguments,
          "the call comes back");
  require(messages[3].at("tool_call_id") == made.call_id, "the call's id comes back");
  require(read.at("temperature") == *made.parameters.temperature, "the number comes back");
  require(read.value("model", "") == made.settings.model && read.value("user", "") == made.parameters.user,
          "the options come back");
  if (!made.parameters.stop.empty())
    require(read.at("stop").at(0) == made.parameters.stop.front(), "what stops comes back");
  require(read.contains("stream") == stream, "a stream is asked for, or not");
  if (!made.parameters.response_format.empty())
    require(read.at("response_format") == *object_in(made.parameters.response_format),
            "the format comes back");
  const std::optional<json> extra = object_in(made.parameters.extra_body);
  if (!made.parameters.extra_body.empty())
    for (const auto& [name, value] : extra->items())
      require(read.at(name) == value, "what was added comes back");
}

}  // namespace

void one_input(std::string_view input) {
  const request made(fields(input, 11, 11));
  codec::prepared_parameters prepared;
  try {
    prepared = codec::prepare_chat_parameters(made.parameters, made.settings);
    require(made.options_are_text(), "options that are no text are refused");
  } catch (const ConfigError& error) {
    require(is_plain(error.what()) || !made.parameters.extra_body.empty(), "a refusal is plain");
    require(!made.options_are_text() || !made.parameters.response_format.empty() ||
                !made.parameters.extra_body.empty(),
            "options that are text are taken");
    return;
  }
  for (const bool stream : {false, true}) {
    try {
      std::string body;
      codec::append_chat_request(body, made.messages(), stream ? prepared.streamed : prepared.whole);
      require(made.messages_are_text(), "messages that are no text are refused");
      check_body(made, body, stream);
    } catch (const PromptError& error) {
      require(!made.messages_are_text(), "messages that are text are taken");
      require(error.message_index().has_value() && is_plain(error.what()), "a refusal says where");
    }
  }
}

}  // namespace corochain::fuzz
