// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "corochain/models/entra_credentials.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/entra/azure_scope.hpp"
#include "codec/entra/entra_token.hpp"
#include "codec/http/header_fields.hpp"
#include "codec/http/proxy_settings.hpp"
#include "core/secret_buffer.hpp"
#include "corochain/core/error.hpp"
#include "models/environment.hpp"
#include "models/managed_identity.hpp"
#include "models/opened_file.hpp"
#include "models/service_settings.hpp"
#include "models/token_endpoint.hpp"

namespace corochain {
using detail::secret_buffer;
using models::environment;
using models::or_variable;
using models::token_form;
using models::token_request;

EntraOptions::EntraOptions() = default;
ClientSecretOptions::ClientSecretOptions() = default;
WorkloadIdentityOptions::WorkloadIdentityOptions() = default;
ManagedIdentityOptions::ManagedIdentityOptions() = default;

namespace {

// The credentials of Microsoft Entra ID. Each is a `TokenProvider` whose function asks an endpoint:
//
// - a client secret and a workload identity post a form to the tenant's endpoint, `tenant_endpoint`;
// - a managed identity gets its token from the machine: managed_identity.cpp;
// - a static token asks nobody.
//
// Options and environment are read in the constructor, so that an error in them is thrown there. Requests and
// their repetition are those of `ask_for_token`, and the tokens are kept by the provider's `token_source`s.

/// The value of an option, or else of a variable; one of the two is required.
std::string needed(const std::string& option, const environment& variables, const char* name,
                   const char* label) {
  std::string value = or_variable(option, variables, name);
  if (value.empty())
    throw ConfigError(std::string("no ") + label + ": set the option, or " + name + " in the environment");
  codec::check_no_control_bytes(label, value);
  return value;
}

/// The endpoint for tokens of a tenant, and the parts that all requests to it share. If neither an option nor
/// a variable sets the authority, it depends on the cloud of the scope. Immutable.
class tenant_endpoint {
 public:
  tenant_endpoint(const EntraOptions& options, std::string tenant, const std::string& authority_option,
                  const environment& variables)
      : options_(options), tenant_(std::move(tenant)) {
    std::string authority = or_variable(authority_option, variables, "AZURE_AUTHORITY_HOST");
    // One for each cloud, in the order of the enumeration: `request` uses the cloud as an index.
    if (authority.empty()) {
      for (const auto cloud :
           {codec::azure_cloud::common, codec::azure_cloud::us_government, codec::azure_cloud::china})
        requests_.push_back(request_to(std::string(codec::token_authority(cloud)), variables));
      return;
    }
    // Azure's other libraries take the host alone, too.
    if (authority.find("://") == std::string::npos) authority.insert(0, "https://");
    own_cloud_ = codec::cloud_of_url(authority);
    requests_.push_back(request_to(authority, variables));
  }

  /// The scope to ask for. No authority gives tokens of another cloud, so a default scope of another cloud
  /// becomes its counterpart in the authority's cloud.
  std::string scope(const TokenRequest& asked) const {
    std::string scope = models::scope_to_ask(options_, asked);
    if (options_.scope.empty() && own_cloud_) scope = codec::scope_in(*own_cloud_, scope);
    return scope;
  }

  /// A request for a scope; the caller writes its body.
  token_request request(const std::string& scope) const {
    const auto cloud = codec::cloud_of_url(scope).value_or(codec::azure_cloud::common);
    return requests_.at(requests_.size() == 1 ? 0 : static_cast<std::size_t>(cloud));
  }

 private:
  token_request request_to(const std::string& authority, const environment& variables) const {
    const codec::url where = codec::parse_url(authority, "authority_host");
    // Plain HTTP to this machine reaches no network.
    if (!where.tls && !codec::is_loopback(where))
      throw ConfigError(
          "authority_host is no https URL, so the credential would be sent unencrypted; use https");
    const std::string path(codec::without_trailing_slashes(where.path));
    auto to = std::make_shared<const transport::endpoint>(
        where, options_.tls, models::choose_proxy(options_.proxy, where, variables));
    codec::request_head head = models::token_request_head(
        "POST", where, path + "/" + codec::percent_encode_segment(tenant_) + "/oauth2/v2.0/token");
    head.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return {std::move(to), std::move(head), options_.timeout};
  }

  EntraOptions options_;
  std::string tenant_;
  // The cloud of an authority that is set.
  std::optional<codec::azure_cloud> own_cloud_;
  // One request, or one for each cloud.
  std::vector<token_request> requests_;
};

/// The largest token file that is read: a token of Kubernetes has some kilobytes, and a longer file is no
/// token.
constexpr std::size_t largest_assertion = std::size_t{256} * 1024;

/// A provider that posts forms; `form` writes one for a scope.
///
/// The form is written for each attempt, and its text is wiped behind it: a secret stands in memory as a form
/// for no longer than it is sent. The provider's function keeps the endpoint and the secret alive.
template <class Form>
TokenProvider posting_provider(tenant_endpoint endpoint, Form form) {
  auto shared = std::make_shared<const tenant_endpoint>(std::move(endpoint));
  return TokenProvider([shared, form](const TokenRequest& asked) {
    const std::string scope = shared->scope(asked);
    auto request = std::make_shared<token_request>(shared->request(scope));
    // A request of its own: the scope differs, and the shared one is not changed.
    request->body = [form, scope] { return form(scope); };
    return models::ask_for_token(request);
  });
}

/// OAuth 2.0's client credentials with a shared secret (RFC 6749 section 4.4).
TokenProvider client_secret(const ClientSecretOptions& options, const environment& variables) {
  const std::string tenant = needed(options.tenant_id, variables, "AZURE_TENANT_ID", "tenant_id");
  const std::string client = needed(options.client_id, variables, "AZURE_CLIENT_ID", "client_id");
  // Shared by the copies of the provider's function, so that there is one copy in memory, which is wiped.
  auto secret = std::make_shared<Secret>(options.client_secret);
  if (secret->empty()) *secret = models::secret_variable(variables, "AZURE_CLIENT_SECRET");
  if (secret->empty())
    throw ConfigError("no client_secret: set the option, or AZURE_CLIENT_SECRET in the environment");
  tenant_endpoint endpoint(options, tenant, options.authority_host, variables);
  return posting_provider(std::move(endpoint), [client, secret](const std::string& scope) {
    return token_form(codec::form_body({{"grant_type", "client_credentials"},
                                        {"client_id", client},
                                        {"client_secret", secret->reveal()},
                                        {"scope", scope}}),
                      *secret);
  });
}

/// OAuth 2.0's client credentials with a signed assertion instead of a secret (RFC 7523 section 2.2).
/// Kubernetes replaces the file before the token in it ends, so that each fetch reads it anew.
TokenProvider workload_identity(const WorkloadIdentityOptions& options, const environment& variables) {
  const std::string tenant = needed(options.tenant_id, variables, "AZURE_TENANT_ID", "tenant_id");
  const std::string client = needed(options.client_id, variables, "AZURE_CLIENT_ID", "client_id");
  const std::string path =
      needed(options.token_file_path, variables, "AZURE_FEDERATED_TOKEN_FILE", "token_file_path");
  tenant_endpoint endpoint(options, tenant, options.authority_host, variables);
  return posting_provider(std::move(endpoint), [client, path](const std::string& scope) {
    const models::opened_file file(path);
    // One byte more than is allowed tells a file that is too large.
    secret_buffer assertion(std::string(largest_assertion + 1, '\0'));
    if (!file.read(assertion.text)) assertion.text.clear();
    if (assertion.text.size() > largest_assertion)
      throw ConfigError("the federated token's file has more than " + std::to_string(largest_assertion) +
                        " bytes, which no token has; see AZURE_FEDERATED_TOKEN_FILE");
    // Some tools put a line end behind the token.
    while (!assertion.text.empty() && static_cast<unsigned char>(assertion.text.back()) <= ' ')
      assertion.text.pop_back();
    if (assertion.text.empty())
      throw ConfigError(
          "the federated token's file cannot be read or is empty; see AZURE_FEDERATED_TOKEN_FILE");
    return token_form(
        codec::form_body({{"grant_type", "client_credentials"},
                          {"client_id", client},
                          {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                          {"client_assertion", assertion.text},
                          {"scope", scope}}),
        Secret(assertion.text));
  });
}

}  // namespace

ClientSecretCredential::ClientSecretCredential(const ClientSecretOptions& options)
    : TokenProvider(client_secret(options, models::process_environment())) {}
WorkloadIdentityCredential::WorkloadIdentityCredential(const WorkloadIdentityOptions& options)
    : TokenProvider(workload_identity(options, models::process_environment())) {}
ManagedIdentityCredential::ManagedIdentityCredential(const ManagedIdentityOptions& options)
    : TokenProvider(models::managed_identity(options, models::process_environment())) {}

StaticTokenCredential::StaticTokenCredential(Secret token)
    : TokenProvider([kept = std::make_shared<const Secret>(std::move(token))]() -> awaitable<AccessToken> {
        return [](std::shared_ptr<const Secret> held) -> awaitable<AccessToken> {
          co_return AccessToken(*held, std::chrono::system_clock::time_point::max());
        }(kept);
      }) {}

}  // namespace corochain
