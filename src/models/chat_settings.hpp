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

/// The settings of a chat model; providers differ in address, credential and protocol. A `chat_step` owns
/// them. A model that was bound to other parameters shares the service with the first one, and with it the
/// pauses and the retry budget.
struct chat_settings {
  std::shared_ptr<const service_settings> service;
  /// The language of the service. It is const, and its readers and writers are made for each call.
  std::shared_ptr<const codec::chat_protocol> protocol;
  ChatParameters parameters;
  /// The parameters in the form in which requests send them, written once and not for each call.
  codec::prepared_parameters prepared;
  /// Whether whole answers are read as streams, too.
  bool streaming = false;
  /// The name of the model's class.
  const char* name = "ChatOpenAI";
};

/// Checks the options and prepares the parts that all calls share. Throws a `ConfigError` that names the
/// option that is wrong. `name` is the name of the model's class.
chat_settings make_chat_settings(const ChatModelOptions& options, service_access access,
                                 std::shared_ptr<const codec::chat_protocol> protocol, const char* name,
                                 const environment& variables);

/// The protocol of OpenAI's chat completions; `model` is empty if the URL names the deployment.
std::shared_ptr<const codec::chat_protocol> chat_completions(const ChatModelOptions& options,
                                                             std::string model);

/// Replaces the settings for which the options have a value. Throws a `ConfigError` that names the option
/// that is wrong.
chat_settings bind(chat_settings settings, const ChatCallOptions& options);

}  // namespace corochain::models
