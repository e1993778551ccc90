// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>

#include "codec/chat_request.hpp"
#include "corochain/core/chat_parameters.hpp"
#include "corochain/models/chat_call_options.hpp"
#include "corochain/models/chat_model_options.hpp"
#include "models/environment.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

/// What a chat model of the OpenAI family needs; providers differ in address and credential only.
struct chat_settings {
  std::shared_ptr<const service_settings> service;
  codec::chat_request_settings request;
  ChatParameters parameters;
  /// What `parameters` became.
  codec::prepared_parameters prepared;
  /// Whether whole answers are read as streams, too.
  bool streaming = false;
  /// The name of the model's class.
  const char* name = "ChatOpenAI";
};

/// Checks the options and prepares what is the same for all calls. Throws the `ConfigError` that says what is wrong.
/// `name` is that of the model's class.
chat_settings make_chat_settings(const ChatModelOptions& options, service_place place, const char* name,
                                 const environment& variables);

/// The settings with what the options set in place of what they had. Throws the `ConfigError` that says what is wrong.
chat_settings bind(chat_settings settings, const ChatCallOptions& options);

}  // namespace corochain::models
