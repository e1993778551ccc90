// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "codec/azure_url.hpp"

#include "codec/header_fields.hpp"
#include "corochain/core/error.hpp"

namespace corochain::codec {
namespace {

std::string without_trailing_slashes(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

}  // namespace

bool azure_uses_v1(std::string_view api_version) noexcept {
  return api_version.empty() || api_version == "v1" || api_version == "preview" || api_version == "latest";
}

bool azure_uses_v1(const url& endpoint, std::string_view api_version, std::string_view operation) noexcept {
  std::string_view path = endpoint.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(operation)) path.remove_suffix(operation.size());
  return path.ends_with("/openai/v1") || azure_uses_v1(api_version);
}

std::string azure_target(const url& endpoint, std::string_view deployment, std::string_view api_version,
                         std::string_view operation) {
  check_no_control_bytes("azure_deployment", deployment);
  check_no_control_bytes("api_version", api_version);
  if (deployment.empty())
    throw ConfigError(
        "azure_deployment is empty; set it, or AZURE_OPENAI_DEPLOYMENT, to the name that the model was "
        "deployed under");
  // The server would resolve these, percent-encoded or not (RFC 3986 section 5.2.4), and find another
  // resource.
  if (deployment == "." || deployment == "..") throw ConfigError("azure_deployment is no deployment's name");
  if (!endpoint.query.empty() || endpoint.path.find("/openai/deployments/") != std::string::npos)
    throw ConfigError(
        "azure_endpoint is the address of a call; write the resource's alone, such as "
        "https://myresource.openai.azure.com, and set azure_deployment and api_version");

  std::string target = without_trailing_slashes(endpoint.path);
  if (target.ends_with(operation))
    target.resize(target.size() - operation.size());  // the target URI of the v1 surface
  if (azure_uses_v1(endpoint, api_version, operation)) {
    // The portal also shows the endpoint with the v1 path on it.
    if (!target.ends_with("/openai/v1")) target += target.ends_with("/openai") ? "/v1" : "/openai/v1";
    target.append(operation);
    if (api_version == "preview" || api_version == "latest")
      target.append("?api-version=").append(api_version);
    return target;
  }
  if (target.ends_with("/openai")) target.resize(target.size() - std::string_view("/openai").size());
  target += "/openai/deployments/" + percent_encode_segment(deployment);
  return target.append(operation).append("?api-version=") + percent_encode_query(api_version);
}

std::string target_below(const url& base, std::string_view operation) {
  std::string target = without_trailing_slashes(base.path);
  if (!target.ends_with(operation)) target += operation;
  if (!base.query.empty()) target += "?" + base.query;
  return target;
}

}  // namespace corochain::codec
