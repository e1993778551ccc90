// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "codec/http/header_fields.hpp"
#include "codec/http/http_request.hpp"
#include "codec/http/url.hpp"
#include "codec/retry/retry_policy.hpp"
#include "codec/service_protocol.hpp"
#include "corochain/core/secret.hpp"
#include "corochain/models/service_options.hpp"
#include "models/deployment_state.hpp"
#include "models/environment.hpp"
#include "models/token_source.hpp"
#include "transport/endpoint.hpp"
#include "transport/limits.hpp"
#include "transport/resolver.hpp"

namespace corochain::models {

/// What calls to one target of a model service need: where, who, how long and how often. Immutable and shared by all
/// calls.
struct service_settings {
  using duration = std::chrono::steady_clock::duration;

  std::shared_ptr<const transport::endpoint> to;
  codec::request_head head;
  codec::request_head stream_head;       ///< of requests that ask for a stream
  std::vector<Secret> secret_headers{};  ///< that the heads hold
  std::string credential_header;
  std::string credential_prefix;
  Secret credential;
  std::shared_ptr<token_source> tokens{};  ///< asked for each attempt instead of `credential`, where set
  bool sends_client_request_id = false;    ///< `x-ms-client-request-id`: the call's key
  std::string unauthorized_advice{};       ///< added to the text of a 401
  duration timeout = std::chrono::seconds(600);
  duration stream_idle = std::chrono::seconds(300);  ///< between bytes of a stream, from its head on
  transport::time_limits times{};                    // but for the deadline, which each call sets
  transport::size_limits sizes{};
  transport::pool_limits pool{};
  std::shared_ptr<const codec::service_protocol> protocol{};
  codec::retry_settings retries{};
  std::shared_ptr<deployment_state> deployment{};
  std::shared_ptr<transport::resolver> names{};  ///< null for the process's own
  std::function<double()> uniform01{};           ///< random numbers in [0, 1), safe from any thread
  std::function<std::string()> new_call_key{};   ///< an unguessable key for each call, safe from any thread
};

/// What a provider decides of a model's calls.
struct service_place {
  const char* options_name = "";  ///< "AzureOptions", for messages
  std::shared_ptr<const codec::service_protocol> protocol{};
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

}  // namespace corochain::models
