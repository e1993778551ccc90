// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "models/managed_identity.hpp"

#include <memory>
#include <optional>
#include <string>

#include "codec/entra/azure_scope.hpp"
#include "codec/http/header_fields.hpp"
#include "codec/http/url.hpp"
#include "corochain/core/error.hpp"
#include "models/arc_challenge.hpp"
#include "models/token_endpoint.hpp"

namespace corochain::models {
namespace {

/// An endpoint on the machine. Its requests differ in the resource that their query names.
/// Immutable after `choose`, and shared by all fetches.
struct identity_endpoint {
  /// The target of the request ends with `resource=`.
  token_request request;
  /// The query parameter that names the identity, with its `&`; empty for the default one.
  std::string client{};
};

/// The path and the query up to `resource=`.
std::string target_of(const codec::url& where, const std::string& version) {
  std::string target = where.path.empty() ? "/" : where.path;
  target += '?';
  if (!where.query.empty()) target += where.query + '&';
  return target + "api-version=" + version + "&resource=";
}

/// The query parameter that names an identity. Platforms spell its name differently.
std::string client_parameter(const char* name, const std::string& client_id) {
  if (client_id.empty()) return {};
  return std::string("&") + name + '=' + codec::percent_encode_query(client_id);
}

/// An endpoint whose address a variable or an option holds. It is on the machine, so that it is reached
/// without the proxy of the environment.
identity_endpoint endpoint_at(const std::string& text, const char* name,
                              const ManagedIdentityOptions& options, const std::string& version) {
  const codec::url where = codec::parse_url(text, name);
  auto to = std::make_shared<const transport::endpoint>(where, options.tls);
  codec::request_head head = token_request_head("GET", where, target_of(where, version));
  return {{std::move(to), std::move(head), options.timeout}};
}

/// Sets the header that proves that the program means the request: one that it is tricked into, with an
/// address that somebody else chose, does not have it.
void give_secret(identity_endpoint& to, const char* header, std::string& text) {
  codec::check_header(header, text);
  to.request.secret_name = header;
  to.request.secret = Secret(text);
  wipe(text);
}

/// The endpoint of the platform, which its variables tell: App Service, Azure Machine Learning, Azure Arc,
/// and else a virtual machine. The first whose variables are complete is used, since platforms imitate each
/// other.
identity_endpoint choose(const ManagedIdentityOptions& options, const environment& variables) {
  const auto identity = variables("IDENTITY_ENDPOINT"), machine_learning = variables("MSI_ENDPOINT");
  if (auto header = identity ? variables("IDENTITY_HEADER") : std::nullopt) {
    identity_endpoint made = endpoint_at(*identity, "IDENTITY_ENDPOINT", options, "2019-08-01");
    made.client = client_parameter("client_id", options.client_id);
    give_secret(made, "X-IDENTITY-HEADER", *header);
    return made;
  }
  if (auto secret = machine_learning ? variables("MSI_SECRET") : std::nullopt) {
    identity_endpoint made = endpoint_at(*machine_learning, "MSI_ENDPOINT", options, "2017-09-01");
    made.client =
        client_parameter("clientid", or_variable(options.client_id, variables, "DEFAULT_IDENTITY_CLIENT_ID"));
    give_secret(made, "secret", *secret);
    return made;
  }
  if (identity && variables("IMDS_ENDPOINT")) {
    if (!options.client_id.empty())
      throw ConfigError(
          "ManagedIdentityOptions::client_id is set, and a machine of Azure Arc (IDENTITY_ENDPOINT and "
          "IMDS_ENDPOINT are "
          "set) has one identity only; unset it");
    identity_endpoint made = endpoint_at(*identity, "IDENTITY_ENDPOINT", options, "2019-11-01");
    // Demanded by the metadata services, because a browser or proxy that is tricked into a request cannot add
    // it.
    made.request.head.fields.emplace_back("Metadata", "true");
    made.request.answer_challenge = [directory =
                                         options.arc_key_directory](const codec::header_fields& head) {
      return read_arc_key(head, directory);
    };
    return made;
  }
  identity_endpoint made = endpoint_at(options.metadata_endpoint, "metadata_endpoint", options, "2018-02-01");
  // The option is the host alone, and its path is fixed.
  made.request.head.target = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=";
  made.client = client_parameter("client_id", options.client_id);
  made.request.head.fields.emplace_back("Metadata", "true");
  return made;
}

/// The request for a token of a scope. These endpoints know resources, as version 1 of the protocol had them.
std::shared_ptr<const token_request> request_for(const identity_endpoint& endpoint, std::string_view scope) {
  codec::check_no_control_bytes("the scope of a token", scope);
  auto request = std::make_shared<token_request>(endpoint.request);
  request->head.target += codec::percent_encode_query(codec::resource_of(scope)) + endpoint.client;
  return request;
}

}  // namespace

std::string scope_to_ask(const EntraOptions& options, const TokenRequest& request) {
  if (!options.scope.empty()) return options.scope;
  if (!request.scope.empty()) return request.scope;
  return std::string(codec::cognitive_services_scope(codec::azure_cloud::common));
}

/// The client id is checked here, since it becomes a part of the target of each request. Its endpoint is
/// chosen once: a platform does not change while a program runs.
TokenProvider managed_identity(const ManagedIdentityOptions& options, const environment& variables) {
  codec::check_no_control_bytes("client_id", options.client_id);
  auto endpoint = std::make_shared<const identity_endpoint>(choose(options, variables));
  return TokenProvider([endpoint, options](const TokenRequest& asked) {
    return ask_for_token(request_for(*endpoint, scope_to_ask(options, asked)));
  });
}

}  // namespace corochain::models
