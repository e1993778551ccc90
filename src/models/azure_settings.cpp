// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/azure_settings.hpp"

#include <memory>

#include "codec/azure_url.hpp"
#include "codec/header_fields.hpp"
#include "codec/url.hpp"
#include "corochain/core/error.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {
namespace {

struct credential {
  std::string header;
  std::string prefix;
  Secret secret;
  std::shared_ptr<token_source> tokens;
};

credential api_key(Secret key) { return {"api-key", "", std::move(key), nullptr}; }
credential bearer(Secret token) { return {"Authorization", "Bearer ", std::move(token), nullptr}; }
credential bearer(const TokenProvider& provider) {
  return {"Authorization", "Bearer ", Secret(), std::make_shared<token_source>(provider)};
}

credential choose_credential(const AzureAccess& access, const std::string& name,
                             const environment& variables) {
  const int set = (access.api_key.empty() ? 0 : 1) + (access.azure_ad_token.empty() ? 0 : 1) +
                  (access.azure_ad_token_provider ? 1 : 0);
  if (set > 1)
    throw ConfigError("more than one of " + name +
                      "::api_key, azure_ad_token and azure_ad_token_provider is set; set the one to be used");
  if (!access.api_key.empty()) return api_key(access.api_key);
  if (!access.azure_ad_token.empty()) return bearer(access.azure_ad_token);
  if (access.azure_ad_token_provider) return bearer(access.azure_ad_token_provider);
  auto key = variables("AZURE_OPENAI_API_KEY");
  auto token = variables("AZURE_OPENAI_AD_TOKEN");
  if (key && token)
    throw ConfigError(
        "both AZURE_OPENAI_API_KEY and AZURE_OPENAI_AD_TOKEN are in the environment; unset one, or set " +
        name + "::api_key or azure_ad_token");
  if (!key && !token)
    throw ConfigError("no credential: set " + name +
                      "::api_key, azure_ad_token or azure_ad_token_provider, or AZURE_OPENAI_API_KEY or "
                      "AZURE_OPENAI_AD_TOKEN in the environment");
  credential chosen = key ? api_key(Secret(*key)) : bearer(Secret(*token));
  if (key) wipe(*key);
  if (token) wipe(*token);
  return chosen;
}

/// The target below a base URL. A version that is set beside it is one that the gateway wants to be told; that of the
/// environment belongs to Azure's own endpoints.
std::string gateway_target(const codec::url& base, const AzureAccess& access,
                           const azure_operation& operation) {
  std::string target = codec::target_below(base, operation.path);
  if (access.api_version.empty() || access.api_version == "v1") return target;
  const std::string name = operation.options_name;
  codec::check_no_control_bytes(name + "::api_version", access.api_version);
  if (base.query.starts_with("api-version=") || base.query.find("&api-version=") != std::string::npos)
    throw ConfigError(name + "::base_url has an api-version, and " + name +
                      "::api_version is set as well; set the one to be used");
  target += base.query.empty() ? '?' : '&';
  return target.append("api-version=").append(codec::percent_encode_query(access.api_version));
}

}  // namespace

model_place azure_place(const AzureAccess& access, const azure_operation& operation,
                        const environment& variables) {
  const std::string name = operation.options_name;
  const std::string endpoint = or_variable(access.azure_endpoint, variables, "AZURE_OPENAI_ENDPOINT");
  if (endpoint.empty() && access.base_url.empty())
    throw ConfigError(
        "no endpoint: set " + name +
        "::azure_endpoint (https://{resource}.openai.azure.com) or AZURE_OPENAI_ENDPOINT in the "
        "environment, or " +
        name + "::base_url for a gateway");
  if (!access.azure_endpoint.empty() && !access.base_url.empty())
    throw ConfigError("both " + name + "::azure_endpoint and base_url are set; set the one to be used");
  const std::string deployment =
      or_variable(access.azure_deployment, variables, operation.deployment_variable);
  if (deployment.empty())
    throw ConfigError("no deployment: set " + name + "::azure_deployment, or " +
                      operation.deployment_variable + " in the environment");
  const std::string version = or_variable(access.api_version, variables, "OPENAI_API_VERSION");
  auto chosen = choose_credential(access, name, variables);
  const bool gateway = !access.base_url.empty();
  const codec::url where =
      gateway ? codec::parse_url(access.base_url, name + "::base_url")
              : codec::parse_url(endpoint, access.azure_endpoint.empty() ? "AZURE_OPENAI_ENDPOINT"
                                                                         : name + "::azure_endpoint");

  model_place made;
  if (gateway || codec::azure_uses_v1(where, version, operation.path))
    made.place.model = made.model = deployment;
  service_place& place = made.place;
  place.options_name = operation.options_name;
  place.where = where;
  place.target = gateway ? gateway_target(where, access, operation)
                         : codec::azure_target(where, deployment, version, operation.path);
  place.credential_header = std::move(chosen.header);
  place.credential_prefix = std::move(chosen.prefix);
  place.credential = std::move(chosen.secret);
  place.tokens = std::move(chosen.tokens);
  return made;
}

chat_settings azure_settings(const AzureOptions& options, const environment& variables) {
  static constexpr azure_operation chat = {"AzureOptions", "AZURE_OPENAI_DEPLOYMENT", "/chat/completions"};
  model_place made = azure_place(options, chat, variables);
  made.place.stream_idle = options.stream_idle_timeout;
  return {make_service(options, std::move(made.place), variables),
          codec::chat_request_writer(chat_parameters_of(options, chat.options_name, std::move(made.model))),
          options.streaming, "AzureChatOpenAI"};
}

}  // namespace corochain::models
