// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/http/azure_url.hpp"

#include <algorithm>

#include "codec/http/header_fields.hpp"
#include "corochain/core/error.hpp"

// The portal shows an endpoint in several forms: the resource alone, a whole target URI with deployment and
// version, and the v1 base URL. People copy any of them, so all of them are read.
namespace corochain::codec {
namespace {

constexpr std::string_view openai_path = "/openai";
constexpr std::string_view v1_path = "/v1";
constexpr std::string_view deployments_path = "/deployments";
constexpr std::string_view version_name = "api-version=";

/// An operation that ends with another one stands before it.
constexpr std::string_view operations[] = {"/chat/completions", "/completions", "/embeddings", "/responses"};

/// Whether `path` is `front` or lies below it.
bool is_at_or_below(std::string_view path, std::string_view front) noexcept {
  return path.starts_with(front) && (path.size() == front.size() || path[front.size()] == '/');
}

/// Returns the operation at the end of a path, or an empty text.
std::string_view operation_at_end(std::string_view path) noexcept {
  for (const std::string_view each : operations)
    if (path.ends_with(each)) return each;
  return {};
}

[[noreturn]] void refuse_endpoint(std::string_view option_name, const std::string& why) {
  throw ConfigError(std::string(option_name) + " " + why);
}

/// Refuses the addresses of other APIs, which the Foundry portal shows beside those of the OpenAI API.
void refuse_other_apis(const url& endpoint, std::string_view path, std::string_view option_name) {
  const std::string right_form = "; write " + endpoint.origin() + "/openai/v1";
  if (is_at_or_below(path, "/models"))
    refuse_endpoint(option_name, "is the address of the Azure AI model inference API (/models)" + right_form);
  if (is_at_or_below(path, "/api/projects"))
    refuse_endpoint(option_name, "is the address of a Foundry project (/api/projects)" + right_form);
}

/// Returns the value of `api-version`, the only parameter that an endpoint may have.
std::string version_in(std::string_view query, std::string_view option_name) {
  std::string version;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    if (parameter.empty()) continue;
    if (!parameter.starts_with(version_name))
      refuse_endpoint(option_name, "has a query parameter other than api-version; set default_query for it");
    version = percent_decode(parameter.substr(version_name.size()));
  }
  return version;
}

/// Reads the part of a path behind `/openai`. Returns false if Azure has no such path.
bool read_behind_openai(std::string_view rest, azure_address& made) {
  made.operation = operation_at_end(rest);
  rest.remove_suffix(made.operation.size());
  if (rest.empty()) return true;
  if (rest == v1_path) {
    made.names_v1 = true;
    return true;
  }
  if (!is_at_or_below(rest, deployments_path)) return false;
  rest.remove_prefix(deployments_path.size());
  if (rest.size() < 2 || rest.find('/', 1) != std::string_view::npos) return false;
  made.deployment = percent_decode(rest.substr(1));
  return true;
}

/// Whether a call of `operation` reaches the model of an address for calls of `other`. Chat models serve the
/// Responses API as well.
bool suits(std::string_view other, std::string_view operation) noexcept {
  return other.empty() || other == operation || (other == "/responses" && operation == "/chat/completions");
}

}  // namespace

azure_address read_azure_address(const url& endpoint, std::string_view option_name) {
  const std::string_view path = without_trailing_slashes(endpoint.path);
  refuse_other_apis(endpoint, path, option_name);
  azure_address made;
  std::string version = version_in(endpoint.query, option_name);
  // The last one counts: a gateway may have such a path of its own in front.
  for (std::size_t at = path.rfind(openai_path); at != std::string_view::npos;) {
    const std::string_view rest = path.substr(at);
    // A fresh one for each attempt: a path that is none of Azure's leaves its parts behind.
    azure_address found;
    if (is_at_or_below(rest, openai_path) && read_behind_openai(rest.substr(openai_path.size()), found)) {
      found.path = without_trailing_slashes(path.substr(0, at));
      if (!found.names_v1 || version == "preview" || version == "latest") found.api_version = version;
      return found;
    }
    at = at == 0 ? std::string_view::npos : path.rfind(openai_path, at - 1);
  }
  if (!operation_at_end(path).empty())
    refuse_endpoint(
        option_name,
        "is the address of a call that does not lie below /openai; set base_url for servers other than "
        "Azure's");
  // No `/openai` is in the path: it is that of the resource, or of a gateway in front of it.
  made.path = path;
  made.api_version = std::move(version);
  return made;
}

bool is_azure_v1(std::string_view api_version) noexcept {
  return api_version.empty() || api_version == "v1" || api_version == "preview" || api_version == "latest";
}

bool azure_uses_v1(const azure_address& address, std::string_view api_version) noexcept {
  return address.names_v1 || is_azure_v1(api_version);
}

std::string azure_target(const azure_address& address, std::string_view deployment,
                         std::string_view api_version, std::string_view operation) {
  check_no_control_bytes("azure_deployment", deployment);
  check_no_control_bytes("api_version", api_version);
  if (deployment.empty())
    throw ConfigError(
        "azure_deployment is empty; set it, or AZURE_OPENAI_DEPLOYMENT, to the name that the model was "
        "deployed under");
  // The server would resolve these, percent-encoded or not (RFC 3986 section 5.2.4), and find another
  // resource.
  if (deployment == "." || deployment == "..") throw ConfigError("azure_deployment is no deployment's name");
  if (!address.deployment.empty() && !suits(address.operation, operation))
    throw ConfigError("azure_endpoint is the address of calls to " + address.operation +
                      ", and this model calls " + std::string(operation) +
                      "; write the resource's address alone, and set azure_deployment");

  std::string target = address.path;
  if (azure_uses_v1(address, api_version)) {
    target.append(openai_path).append(v1_path).append(operation);
    if (api_version == "preview" || api_version == "latest")
      target.append("?").append(version_name).append(api_version);
    return target;
  }
  // Dated versions have the deployment in the path; v1 has it in the body.
  target.append(openai_path).append(deployments_path).append("/").append(percent_encode_segment(deployment));
  target.append(operation).append("?").append(version_name);
  return target.append(percent_encode_query(api_version));
}

}  // namespace corochain::codec
