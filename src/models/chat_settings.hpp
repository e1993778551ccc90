// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <memory>
#include <string>

#include "codec/chat_protocol.hpp"
#include "corochain/core/chat_parameters.hpp"
#include "corochain/models/chat_call_options.hpp"
#include "corochain/models/chat_model_options.hpp"
#include "models/environment.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {

/// What a chat model needs; providers differ in address, credential and protocol.
struct chat_settings {
  std::shared_ptr<const service_settings> service;
  std::shared_ptr<const codec::chat_protocol> protocol;
  ChatParameters parameters;
  /// What `parameters` became.
  codec::prepared_parameters prepared;
  /// Whether whole answers are read as streams, too.
  bool streaming = false;
  /// The name of the model's class.
  const char* name = "ChatOpenAI";
};

/// Checks the options and prepares what is the same for all calls. Throws the `ConfigError` that says what is
/// wrong. `name` is that of the model's class.
chat_settings make_chat_settings(const ChatModelOptions& options, service_place place,
                                 std::shared_ptr<const codec::chat_protocol> protocol, const char* name,
                                 const environment& variables);

/// The protocol of OpenAI's chat completions; `model` is empty where the URL names the deployment.
std::shared_ptr<const codec::chat_protocol> chat_completions(const ChatModelOptions& options,
                                                             std::string model);

/// The settings with what the options set in place of what they had. Throws the `ConfigError` that says what
/// is wrong.
chat_settings bind(chat_settings settings, const ChatCallOptions& options);

}  // namespace corochain::models
