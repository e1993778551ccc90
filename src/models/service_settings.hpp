// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/http/header_fields.hpp"
#include "codec/http/http_request.hpp"
#include "codec/http/url.hpp"
#include "codec/retry/retry_budget.hpp"
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

/// The field of a request that proves the caller's identity: `header: prefix secret`.
struct request_credential {
  std::string header;
  std::string prefix;
  Secret secret;
  /// If set, it is asked at each attempt, and `secret` is not used.
  std::shared_ptr<token_source> tokens{};
};

/// The settings of calls to one target of a model service: address, credential, limits and retries. Immutable
/// and shared by all calls.
struct service_settings {
  using duration = std::chrono::steady_clock::duration;

  /// Its key decides which models share connections.
  std::shared_ptr<const transport::endpoint> to;
  /// Everything of a request's head that all calls have in common.
  codec::request_head head;
  /// The head of requests that ask for a stream, which differs in `Accept`.
  codec::request_head stream_head;
  /// The secrets in the heads, to be masked in what the server says.
  std::vector<Secret> secret_headers{};
  request_credential credential;
  /// Whether `x-ms-client-request-id` is sent with the call's key.
  bool sends_client_request_id = false;
  /// The text that is added to the error of a 401.
  std::string unauthorized_advice{};
  /// The time limit of a call, from its begin to the end of its answer.
  duration timeout = std::chrono::seconds(600);
  /// The limit of the time between bytes of a stream, from its head on.
  duration stream_idle = std::chrono::seconds(300);
  transport::exchange_limits limits{};
  /// Reads the errors of the service.
  std::shared_ptr<const codec::service_protocol> protocol{};
  /// The limits of retries. The policy itself is `codec::decide_retry`.
  codec::retry_settings retries{};
  /// The bound of the retries of all calls together; empty if there is none.
  std::optional<codec::retry_limit> retry_limit = codec::retry_limit();
  /// Shared with all models of the process that call the same deployment. Without it there are no
  /// pauses, and retries have no budget.
  std::shared_ptr<deployment_state> deployment{};
  /// Null for the process's own resolver.
  std::shared_ptr<transport::resolver> names{};
  /// Gives random numbers in [0, 1), safe from any thread.
  std::function<double()> uniform01{};
  /// Gives an unguessable key for each call, safe from any thread.
  std::function<std::string()> new_call_key{};
};

/// The part of the settings that depends on the provider: where the service is, and how a request gets in.
struct service_access {
  /// The name of the options class for messages: "AzureOptions".
  const char* options_name = "";
  std::shared_ptr<const codec::service_protocol> protocol{};
  /// The origin, for the connection, and the path that `target` was made from.
  codec::url where;
  /// The path and the query.
  std::string target;
  /// The model if the body names it and not the target. Calls to one model share pauses and the budget of
  /// retries.
  std::string model;
  request_credential credential;
  /// The provider's own headers.
  codec::header_fields headers;
  bool sends_client_request_id = false;
  /// The advice after a 401 besides that to check the credential.
  std::string unauthorized_advice;
  /// The option `stream_idle_timeout`, for models that stream.
  std::chrono::steady_clock::duration stream_idle = std::chrono::seconds(300);
};

/// Checks the options and prepares the parts that all calls share. Throws a `ConfigError` that names the
/// option that is wrong.
std::shared_ptr<const service_settings> make_service(const ServiceOptions& options, service_access access,
                                                     const environment& variables);
/// The proxy for an endpoint, if there is one: the option's, else that of the environment, unless NO_PROXY
/// excepts the endpoint. Throws a `ConfigError` that names the option or variable.
std::optional<transport::proxy_endpoint> choose_proxy(const ProxyOptions& options, const codec::url& where,
                                                      const environment& variables);

}  // namespace corochain::models
