// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/azure_settings.hpp"

#include <memory>

#include "codec/azure_url.hpp"
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

credential choose_credential(const AzureOptions& options, const environment& variables) {
  const int set = (options.api_key.empty() ? 0 : 1) + (options.azure_ad_token.empty() ? 0 : 1) +
                  (options.azure_ad_token_provider ? 1 : 0);
  if (set > 1)
    throw ConfigError(
        "more than one of AzureOptions::api_key, azure_ad_token and azure_ad_token_provider is set; set the "
        "one to be "
        "used");
  if (!options.api_key.empty()) return api_key(options.api_key);
  if (!options.azure_ad_token.empty()) return bearer(options.azure_ad_token);
  if (options.azure_ad_token_provider) return bearer(options.azure_ad_token_provider);
  auto key = variables("AZURE_OPENAI_API_KEY");
  auto token = variables("AZURE_OPENAI_AD_TOKEN");
  if (key && token)
    throw ConfigError(
        "both AZURE_OPENAI_API_KEY and AZURE_OPENAI_AD_TOKEN are in the environment; unset one, or set "
        "AzureOptions::api_key or azure_ad_token");
  if (!key && !token)
    throw ConfigError(
        "no credential: set AzureOptions::api_key, azure_ad_token or azure_ad_token_provider, or "
        "AZURE_OPENAI_API_KEY or "
        "AZURE_OPENAI_AD_TOKEN in the environment");
  credential chosen = key ? api_key(Secret(*key)) : bearer(Secret(*token));
  if (key) wipe(*key);
  if (token) wipe(*token);
  return chosen;
}

}  // namespace

chat_settings azure_settings(const AzureOptions& options, const environment& variables) {
  const std::string endpoint = or_variable(options.azure_endpoint, variables, "AZURE_OPENAI_ENDPOINT");
  if (endpoint.empty() && options.base_url.empty())
    throw ConfigError(
        "no endpoint: set AzureOptions::azure_endpoint (https://{resource}.openai.azure.com) or "
        "AZURE_OPENAI_ENDPOINT in the environment, or AzureOptions::base_url for a gateway");
  if (!options.azure_endpoint.empty() && !options.base_url.empty())
    throw ConfigError("both AzureOptions::azure_endpoint and base_url are set; set the one to be used");
  const std::string deployment = or_variable(options.azure_deployment, variables, "AZURE_OPENAI_DEPLOYMENT");
  if (deployment.empty())
    throw ConfigError(
        "no deployment: set AzureOptions::azure_deployment, or AZURE_OPENAI_DEPLOYMENT in the environment");
  const std::string version = or_variable(options.api_version, variables, "OPENAI_API_VERSION");
  auto chosen = choose_credential(options, variables);
  const bool gateway = !options.base_url.empty();
  const codec::url where =
      gateway ? codec::parse_url(options.base_url, "AzureOptions::base_url")
              : codec::parse_url(endpoint, options.azure_endpoint.empty() ? "AZURE_OPENAI_ENDPOINT"
                                                                          : "AzureOptions::azure_endpoint");
  const std::string target =
      gateway ? codec::chat_target(where) : codec::azure_chat_target(where, deployment, version);

  const bool model_in_body = gateway || codec::azure_uses_v1(version);
  service_place place;
  place.options_name = "AzureOptions";
  place.where = where;
  place.target = target;
  place.credential_header = std::move(chosen.header);
  place.credential_prefix = std::move(chosen.prefix);
  place.credential = std::move(chosen.secret);
  place.tokens = std::move(chosen.tokens);
  place.stream_idle = options.stream_idle_timeout;
  return {make_service(options, std::move(place), variables),
          codec::chat_request_writer(
              chat_parameters_of(options, "AzureOptions", model_in_body ? deployment : std::string())),
          options.streaming};
}

}  // namespace corochain::models
