// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/chat_settings.hpp"

#include <string>
#include <utility>

#include "codec/chat_completions/chat_completions_protocol.hpp"
#include "codec/chat_parameter_table.hpp"
#include "corochain/core/error.hpp"

namespace corochain::models {
namespace {

/// Checks the parameters that the protocol cannot check, because they are names for one and the same.
ChatParameters parameters_of(const ChatModelOptions& options, const std::string& options_name) {
  if (options.max_tokens && options.max_completion_tokens)
    throw ConfigError(
        options_name +
        "::max_tokens and max_completion_tokens are both set; they name the same limit, so set one");
  if (options.n && *options.n < 1) throw ConfigError(options_name + "::n must be at least 1");
  ChatParameters parameters = options;
  if (options.max_completion_tokens) parameters.max_tokens = options.max_completion_tokens;
  return parameters;
}

}  // namespace

std::shared_ptr<const codec::chat_protocol> chat_completions(const ChatModelOptions& options,
                                                             std::string model) {
  codec::chat_request_settings settings;
  settings.model = std::move(model);
  settings.legacy_max_tokens = options.legacy_max_tokens;
  settings.stream_usage = options.stream_usage;
  return std::make_shared<const codec::chat_completions_protocol>(std::move(settings));
}

chat_settings make_chat_settings(const ChatModelOptions& options, service_access access,
                                 std::shared_ptr<const codec::chat_protocol> protocol, const char* name,
                                 const environment& variables) {
  // Read now, because `access` is moved from before the name is used.
  const std::string options_name = access.options_name;
  chat_settings made;
  made.streaming = options.streaming;
  made.name = name;
  access.stream_idle = options.stream_idle_timeout;
  access.protocol = protocol;
  made.protocol = std::move(protocol);
  made.service = make_service(options, std::move(access), variables);
  made.parameters = parameters_of(options, options_name);
  made.prepared = made.protocol->prepare(made.parameters);
  return made;
}

/// The parameters are checked and written anew. A member that a protocol refuses is an error of `bind` and
/// not of the first call.
chat_settings bind(chat_settings settings, const ChatCallOptions& options) {
  settings.parameters = codec::merge(std::move(settings.parameters), options);
  settings.prepared = settings.protocol->prepare(settings.parameters);
  return settings;
}

}  // namespace corochain::models
