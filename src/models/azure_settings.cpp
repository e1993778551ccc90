// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/azure_settings.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "codec/entra/azure_scope.hpp"
#include "codec/http/azure_url.hpp"
#include "codec/http/header_fields.hpp"
#include "codec/http/url.hpp"
#include "corochain/core/error.hpp"
#include "models/service_settings.hpp"

namespace corochain::models {
namespace {

/// Azure takes a key in a header of its own, and a token of Entra ID as a bearer's. At most one of secret and
/// source is set.
request_credential api_key(Secret key, std::shared_ptr<token_source> keys = nullptr) {
  return {"api-key", "", std::move(key), std::move(keys)};
}
request_credential bearer(Secret token, std::shared_ptr<token_source> tokens = nullptr) {
  return {"Authorization", "Bearer ", std::move(token), std::move(tokens)};
}

/// The one credential that the options set, or else the environment. The library does not guess between two:
/// a program that means one and has the other, too, would send the wrong one without a word.
request_credential choose_credential(const AzureAccess& access, const std::string& name,
                                     const std::string& scope, const environment& variables) {
  const int set = (access.api_key.empty() ? 0 : 1) + (access.api_key_provider ? 1 : 0) +
                  (access.azure_ad_token.empty() ? 0 : 1) + (access.azure_ad_token_provider ? 1 : 0);
  // An explicit credential beats those of the environment, of which there may be any number.
  if (set > 1)
    throw ConfigError("more than one of " + name +
                      "::api_key, api_key_provider, azure_ad_token and azure_ad_token_provider is set; set "
                      "the one to be used");
  if (!access.api_key.empty()) return api_key(access.api_key);
  if (access.api_key_provider) return api_key(Secret(), key_source_of(access.api_key_provider));
  if (!access.azure_ad_token.empty()) return bearer(access.azure_ad_token);
  if (access.azure_ad_token_provider)
    return bearer(Secret(), token_source_of(access.azure_ad_token_provider, scope));
  Secret key = secret_variable(variables, "AZURE_OPENAI_API_KEY");
  Secret token = secret_variable(variables, "AZURE_OPENAI_AD_TOKEN");
  // Which of the two was meant cannot be told.
  if (!key.empty() && !token.empty())
    throw ConfigError(
        "both AZURE_OPENAI_API_KEY and AZURE_OPENAI_AD_TOKEN are in the environment; unset one, or set " +
        name + "::api_key or azure_ad_token");
  if (key.empty() && token.empty())
    throw ConfigError(
        "no credential: set " + name +
        "::api_key, api_key_provider, azure_ad_token or azure_ad_token_provider, or AZURE_OPENAI_API_KEY or "
        "AZURE_OPENAI_AD_TOKEN in the environment");
  return key.empty() ? bearer(std::move(token)) : api_key(std::move(key));
}

/// The scopes that a token for an endpoint may need. Azure documents one for its dated versions and another
/// for v1 and Foundry. Which one an endpoint accepts cannot always be told from its address, so the other one
/// is named in the advice after a 401.
struct token_scopes {
  token_scopes(const codec::url& where, bool dated, const environment& variables) {
    // A gateway's host tells no cloud. The variable of the credential, which asks there for tokens, does.
    std::optional<codec::azure_cloud> cloud = codec::cloud_of_host(where.host);
    if (!cloud) cloud = codec::cloud_of_url(variables("AZURE_AUTHORITY_HOST").value_or(""));
    const codec::azure_cloud home = cloud.value_or(codec::azure_cloud::common);
    likely = codec::foundry_scope(home);
    other = codec::cognitive_services_scope(home);
    if (dated && !codec::is_foundry_host(where.host)) std::swap(likely, other);
  }

  std::string_view likely, other;
};

/// The text that is added to the error of a 401. The service itself says only that the token is invalid.
std::string scope_advice(const request_credential& chosen, const token_scopes& scopes,
                         const std::string& own_scope, const std::string& name) {
  const bool is_token = !chosen.prefix.empty();
  if (!is_token) return {};
  const std::string likely(scopes.likely), other(scopes.other), option = name + "::azure_ad_token_scope";
  if (!chosen.tokens)
    return "; this endpoint wants a token for the scope " + likely + " or else " + other +
           ", and with azure_ad_token_provider the option " + option + " tells which";
  if (!own_scope.empty())
    return "; the token is for the scope that " + option + " names, and this endpoint wants " + likely +
           " or else " + other;
  return "; the model asks for a token for the scope " + likely + ", and the endpoint may want " + other +
         ": set " + option + " for it";
}

/// The version in the query of a base URL; nothing if there is none.
std::optional<std::string> version_in(std::string_view query) {
  constexpr std::string_view name = "api-version=";
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    if (parameter.starts_with(name)) return codec::percent_decode(parameter.substr(name.size()));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
  }
  return std::nullopt;
}

/// The target below a base URL. A version in the options is sent to the gateway. The environment's version is
/// not: it belongs to Azure's own endpoints.
/// Two versions are an error: which of them a gateway would obey is not known.
std::string gateway_target(const codec::url& base, const AzureAccess& access,
                           const azure_operation& operation) {
  std::string target = codec::target_below(base, operation.path);
  if (access.api_version.empty() || access.api_version == "v1") return target;
  const std::string name = operation.options_name;
  codec::check_no_control_bytes(name + "::api_version", access.api_version);
  if (version_in(base.query))
    throw ConfigError(name + "::base_url has an api-version, and " + name +
                      "::api_version is set as well; set the one to be used");
  target += base.query.empty() ? '?' : '&';
  return target.append("api-version=").append(codec::percent_encode_query(access.api_version));
}

/// Takes the endpoint apart. Options with other values contradict the option `azure_endpoint`, and win over
/// the endpoint of the environment.
codec::azure_address address_of(const AzureAccess& access, const codec::url& where,
                                const std::string& where_name, const std::string& name) {
  codec::azure_address address = codec::read_azure_address(where, where_name);
  const auto differs = [](const std::string& option, const std::string& own) {
    return !option.empty() && !own.empty() && option != own;
  };
  const bool other_deployment = differs(access.azure_deployment, address.deployment);
  const bool other_version = differs(access.api_version, address.api_version) ||
                             (address.names_v1 && !codec::is_azure_v1(access.api_version));
  if (!access.azure_endpoint.empty() && (other_deployment || other_version))
    throw ConfigError(name + "::azure_endpoint names another " +
                      (other_deployment ? "deployment than " : "version than ") + name +
                      (other_deployment ? "::azure_deployment" : "::api_version") +
                      "; unset one, or make them agree");
  // The path of the endpoint's operation belongs to its deployment.
  if (other_deployment) {
    address.deployment.clear();
    address.operation.clear();
  }
  if (other_version) {
    address.names_v1 = false;
    address.api_version.clear();
  }
  return address;
}

/// The version of the API: the option's, else the endpoint's, else the environment's. Empty means v1.
std::string version_of(const AzureAccess& access, const codec::azure_address& address,
                       const environment& variables) {
  if (!access.api_version.empty()) return access.api_version;
  if (!address.api_version.empty() || address.names_v1) return address.api_version;
  return variables("OPENAI_API_VERSION").value_or("");
}

}  // namespace

service_access azure_access(const AzureAccess& access, const azure_operation& operation,
                            const environment& variables) {
  // For error texts. They name options and variables and never quote their values, which may be keys.
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
  // A base URL is used as it is given. An endpoint of Azure is taken apart, because a portal shows it in many
  // forms.
  const bool gateway = !access.base_url.empty();
  // The option or variable that a wrong URL is blamed on.
  const std::string where_name = gateway                         ? name + "::base_url"
                                 : access.azure_endpoint.empty() ? "AZURE_OPENAI_ENDPOINT"
                                                                 : name + "::azure_endpoint";
  const codec::url where = codec::parse_url(gateway ? access.base_url : endpoint, where_name);
  const codec::azure_address address =
      gateway ? codec::azure_address() : address_of(access, where, where_name, name);
  const std::string deployment =
      or_variable(access.azure_deployment.empty() ? address.deployment : access.azure_deployment, variables,
                  operation.deployment_variable);
  if (deployment.empty())
    throw ConfigError("no deployment: set " + name + "::azure_deployment, or " +
                      operation.deployment_variable + " in the environment");
  // The path of a dated version has the deployment; that of v1 has not, and the body names it as the model.
  std::string version = access.api_version;
  if (!gateway) version = version_of(access, address, variables);
  if (gateway && version.empty()) version = version_in(where.query).value_or("");
  const bool dated = !codec::azure_uses_v1(address, version);
  // The model knows the scope of its endpoint; a token provider that serves several models does not.
  const token_scopes scopes(where, dated, variables);
  const std::string& own_scope = access.azure_ad_token_scope;
  codec::check_no_control_bytes(name + "::azure_ad_token_scope", own_scope);

  service_access made;
  made.credential =
      choose_credential(access, name, own_scope.empty() ? std::string(scopes.likely) : own_scope, variables);
  made.unauthorized_advice = scope_advice(made.credential, scopes, own_scope, name);
  // Calls share pauses and retry budgets by target and model: with a dated version the target has the
  // deployment.
  if (gateway || !dated) made.model = deployment;
  made.options_name = operation.options_name;
  made.where = where;
  made.target = gateway ? gateway_target(where, access, operation)
                        : codec::azure_target(address, deployment, version, operation.path);
  made.sends_client_request_id = true;
  return made;
}

/// With a dated version the body names no model: the path of the target has the deployment.
chat_settings azure_settings(const AzureOptions& options, const environment& variables) {
  static constexpr azure_operation chat = {"AzureOptions", "AZURE_OPENAI_DEPLOYMENT", "/chat/completions"};
  service_access made = azure_access(options, chat, variables);
  auto protocol = chat_completions(options, made.model);
  return make_chat_settings(options, std::move(made), std::move(protocol), "AzureChatOpenAI", variables);
}

}  // namespace corochain::models
