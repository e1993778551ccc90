// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <string>
#include <string_view>

#include "codec/chat_protocol.hpp"
#include "corochain/core/chat_parameters.hpp"
#include "corochain/core/message.hpp"

// Requests for chat completions in two parts: the messages, which differ for each call, and everything behind
// them, which is prepared once for a model and a set of parameters.
namespace corochain::codec {

/// How the server of a chat completion wants its requests. `models/openai_settings` and
/// `models/azure_settings` fill it.
struct chat_request_settings {
  chat_request_settings() = default;

  /// Empty if the URL names the deployment.
  std::string model;
  /// Whether the token limit is written as `max_tokens`. OpenAI's reasoning models refuse the old name, and
  /// many other servers know no other.
  bool legacy_max_tokens = false;
  /// Whether streams are asked for their usage. Without it, OpenAI and Azure OpenAI send no usage in streams.
  /// Some servers refuse the member.
  bool stream_usage = true;
};

/// Writes the ends of requests, from behind the messages on. Throws a `ConfigError` that names the option for
/// a number that JSON does not have (NaN, infinity), for text that is not UTF-8, for a JSON text that is no
/// JSON object, and for a member of `extra_body` that the library itself writes. Ranges are left to the
/// server: they differ by model.
prepared_parameters prepare_chat_parameters(const ChatParameters& parameters,
                                            const chat_request_settings& settings);

/// Appends a request's body as compact JSON. `parameters` is one of the prepared texts. Throws a
/// `PromptError` if there are no messages, if one is not valid UTF-8 (with its `message_index` and the byte
/// as `column`), and for a tool message without the id of the call it answers.
void append_chat_request(std::string& body, const Messages& messages, std::string_view parameters);

}  // namespace corochain::codec
