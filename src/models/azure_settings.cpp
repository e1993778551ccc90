// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/azure_settings.hpp"

#include <cstdlib>

#include "codec/azure_url.hpp"
#include "codec/url.hpp"
#include "corochain/core/error.hpp"
#include "corochain/core/version.hpp"
#include "models/randomness.hpp"

namespace corochain::models {
namespace {

std::string or_variable(const std::string& option, const environment& variables, const char* name) {
  if (!option.empty()) return option;
  return variables(name).value_or("");
}

struct credential {
  std::string header;
  std::string prefix;
  Secret secret;
};

credential api_key(Secret key) { return {"api-key", "", std::move(key)}; }
credential bearer(Secret token) { return {"Authorization", "Bearer ", std::move(token)}; }

credential choose_credential(const AzureOptions& options, const environment& variables) {
  if (!options.api_key.empty() && !options.azure_ad_token.empty())
    throw ConfigError("both AzureOptions::api_key and azure_ad_token are set; set the one to be used");
  if (!options.api_key.empty()) return api_key(options.api_key);
  if (!options.azure_ad_token.empty()) return bearer(options.azure_ad_token);
  auto key = variables("AZURE_OPENAI_API_KEY");
  auto token = variables("AZURE_OPENAI_AD_TOKEN");
  if (key && token)
    throw ConfigError(
        "both AZURE_OPENAI_API_KEY and AZURE_OPENAI_AD_TOKEN are in the environment; unset one, or set "
        "AzureOptions::api_key or azure_ad_token");
  if (!key && !token)
    throw ConfigError(
        "no credential: set AzureOptions::api_key or azure_ad_token, or AZURE_OPENAI_API_KEY or "
        "AZURE_OPENAI_AD_TOKEN in the environment");
  credential chosen = key ? api_key(Secret(*key)) : bearer(Secret(*token));
  if (key) wipe(*key);
  if (token) wipe(*token);
  return chosen;
}

void check_positive(const char* option, std::chrono::steady_clock::duration value) {
  if (value <= value.zero())
    throw ConfigError(std::string("AzureOptions::") + option + " must be longer than zero");
}

void check_limits(const AzureOptions& options) {
  check_positive("timeout", options.timeout);
  check_positive("connect_timeout", options.connect_timeout);
  check_positive("read_timeout", options.read_timeout);
  if (options.first_byte_timeout) check_positive("first_byte_timeout", *options.first_byte_timeout);
  if (options.max_retries < 0)
    throw ConfigError("AzureOptions::max_retries must not be negative; 0 means no retry");
  if (options.max_retry_after < options.max_retry_after.zero())
    throw ConfigError("AzureOptions::max_retry_after must not be negative");
  if (options.streaming)
    throw ConfigError(
        "AzureOptions::streaming is not supported yet; leave it false, which suits fan-out best");
}

}  // namespace

environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    if (!value || !*value) return std::nullopt;
    return value;
  };
}

chat_settings azure_settings(const AzureOptions& options, const environment& variables) {
  check_limits(options);
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
  codec::check_no_control_bytes("the credential", chosen.secret.reveal());

  const bool gateway = !options.base_url.empty();
  const codec::url where =
      gateway ? codec::parse_url(options.base_url, "AzureOptions::base_url")
              : codec::parse_url(endpoint, options.azure_endpoint.empty() ? "AZURE_OPENAI_ENDPOINT"
                                                                          : "AzureOptions::azure_endpoint");
  const std::string target =
      gateway ? codec::chat_target(where) : codec::azure_chat_target(where, deployment, version);

  codec::chat_parameters parameters;
  if (gateway || codec::azure_uses_v1(version)) parameters.model = deployment;
  parameters.temperature = options.temperature;
  parameters.top_p = options.top_p;
  parameters.presence_penalty = options.presence_penalty;
  parameters.frequency_penalty = options.frequency_penalty;
  parameters.max_completion_tokens = options.max_tokens;
  parameters.seed = options.seed;
  parameters.stop = options.stop;
  parameters.user = options.user;

  codec::header_fields extra;
  for (const auto& [name, value] : options.default_headers) extra.add(name, value);

  auto to = std::make_shared<const transport::endpoint>(where, options.tls);
  service_settings service{
      .to = to,
      .head = codec::request_head(where, target, "corochain/" COROCHAIN_VERSION, extra),
      .credential_header = std::move(chosen.header),
      .credential_prefix = std::move(chosen.prefix),
      .credential = std::move(chosen.secret),
      .timeout = options.timeout,
      .deployment = deployment_for(to->key + target, to->name),
      .uniform01 = &uniform01,
      .new_call_key = &random_uuid,
  };
  service.times.connect = options.connect_timeout;
  service.times.first_byte = options.first_byte_timeout;
  service.times.read = options.read_timeout;
  service.retries.max_retries = options.max_retries;
  service.retries.max_retry_after = options.max_retry_after;
  service.retries.retry_on_timeout = options.retry_on_timeout;
  return {std::make_shared<const service_settings>(std::move(service)),
          codec::chat_request_writer(parameters)};
}

}  // namespace corochain::models
