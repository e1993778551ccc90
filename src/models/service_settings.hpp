// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "codec/chat_request.hpp"
#include "codec/header_fields.hpp"
#include "codec/url.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/chat_model_options.hpp"
#include "models/environment.hpp"
#include "models/service_call.hpp"

namespace corochain::models {

/// What a provider decides of a model's calls.
struct service_place {
  const char* options_name = "";  ///< "AzureOptions", for messages
  codec::url where;
  std::string target;  ///< path and query
  std::string model;  ///< where the body names it and not the target: who shares pauses and budget of retries
  std::string credential_header;
  std::string credential_prefix;
  Secret credential;
  std::shared_ptr<token_source> tokens{};
  codec::header_fields headers;  ///< the provider's own
  bool sends_client_request_id = false;
  std::string unauthorized_advice;  ///< more to do after a 401 than to check the credential
  /// Of what is streamed: `stream_idle_timeout`.
  std::chrono::steady_clock::duration stream_idle = std::chrono::seconds(300);
};

/// Checks the options and prepares what is the same for all calls. Throws the `ConfigError` that says what is wrong.
std::shared_ptr<const service_settings> make_service(const ServiceOptions& options, service_place place,
                                                     const environment& variables);
/// The proxy for an endpoint, if there is one. Throws a `ConfigError` that names the option or variable.
std::optional<transport::proxy_endpoint> choose_proxy(const ProxyOptions& options, const codec::url& where,
                                                      const environment& variables);
/// What the request's body is made of; `model` may be empty.
codec::chat_parameters chat_parameters_of(const ChatModelOptions& options, const char* options_name,
                                          std::string model);

}  // namespace corochain::models
